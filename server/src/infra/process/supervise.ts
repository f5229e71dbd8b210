import type { ChildProcess } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import type { Log } from '../log.ts'

/** How one engine is run as a child process. */
export interface SupervisedOptions {
  /** Name for logs and `/readyz`, for example `postgres`. */
  readonly name: string
  readonly log: Log
  /** Runs before every launch: removes stale pid files, writes configuration. */
  prepare?(): Promise<void>
  /** Spawns the process. */
  launch(): ChildProcess
  /** Resolves once the process accepts work; must reject when `signal` aborts. */
  waitUntilReady(child: ChildProcess, signal: AbortSignal): Promise<void>
  readonly stopSignal: NodeJS.Signals
  /** Time limit for becoming ready, in milliseconds. */
  readonly startTimeoutMs: number
  /** After this many milliseconds a stopping process is killed. */
  readonly stopTimeoutMs: number
}

/** A child process that is started again whenever it dies, until it is stopped. */
export interface SupervisedProcess {
  readonly name: string
  readonly pid: number | undefined
  readonly state: 'starting' | 'running' | 'restarting' | 'stopped'
  /** Ends the process and its supervision. Idempotent. */
  stop(): Promise<void>
}

const firstRestartDelayMs = 50
const longestRestartDelayMs = 5_000

/**
 * Starts a process and keeps it running: one that dies is launched again, with a delay that doubles up to
 * 5 s while it keeps dying. Rejects only when the very first start fails, so that the operator sees why.
 */
export async function supervise(options: SupervisedOptions): Promise<SupervisedProcess> {
  const { name, log } = options
  const stopping = new AbortController()
  let child: ChildProcess | undefined
  let state: SupervisedProcess['state'] = 'starting'
  let restartDelayMs = firstRestartDelayMs

  /** Asks the process to end and kills it when it takes too long. */
  const end = async (running: ChildProcess, exited: Promise<void>): Promise<void> => {
    running.kill(options.stopSignal)
    const killer = setTimeout(() => running.kill('SIGKILL'), options.stopTimeoutMs)
    await exited
    clearTimeout(killer)
  }

  /** Resolves when ready; `exited` is wrapped because a promise returned by an async function is awaited. */
  const launchOnce = async (): Promise<{ exited: Promise<void> }> => {
    await options.prepare?.()
    // Stopped while it was being prepared: a process launched now would have nobody to end it.
    stopping.signal.throwIfAborted()
    const launched = options.launch()
    child = launched
    const exited = new Promise<void>((resolve) => {
      launched.once('exit', (code, signal) => {
        if (!stopping.signal.aborted) log.warn({ engine: name, code, signal }, 'engine process ended')
        resolve()
      })
      launched.on('error', (error) => {
        log.error({ engine: name, err: error }, 'engine process could not be launched')
        resolve()
      })
    })
    const failed = exited.then(() => {
      throw new Error(`${name} ended before it was ready`)
    })
    const timeout = AbortSignal.timeout(options.startTimeoutMs)
    try {
      const signal = AbortSignal.any([timeout, stopping.signal])
      await Promise.race([options.waitUntilReady(launched, signal), failed])
    } catch (error) {
      await end(launched, exited)
      throw timeout.aborted ? new Error(`${name} was not ready after ${options.startTimeoutMs} ms`) : error
    } finally {
      failed.catch(() => undefined)
    }
    state = 'running'
    return { exited }
  }

  const keepRunning = async (exited: Promise<void>): Promise<void> => {
    const startedAt = Date.now()
    await exited
    if (stopping.signal.aborted) return
    state = 'restarting'
    if (Date.now() - startedAt > 60_000) restartDelayMs = firstRestartDelayMs
    while (!stopping.signal.aborted) {
      await delay(restartDelayMs, undefined, { signal: stopping.signal }).catch(() => undefined)
      if (stopping.signal.aborted) return
      restartDelayMs = Math.min(restartDelayMs * 2, longestRestartDelayMs)
      try {
        const launched = await launchOnce()
        log.info({ engine: name, pid: child?.pid }, 'engine process restarted')
        return keepRunning(launched.exited)
      } catch (error) {
        if (!stopping.signal.aborted)
          log.error({ engine: name, err: error }, 'engine process did not restart')
      }
    }
  }

  const supervision = keepRunning((await launchOnce()).exited)

  return {
    name,
    get pid() {
      return state === 'running' ? child?.pid : undefined
    },
    get state() {
      return state
    },
    async stop() {
      stopping.abort()
      const running = child
      if (running && running.exitCode === null && running.signalCode === null && running.pid) {
        await end(running, new Promise<void>((resolve) => running.once('exit', () => resolve())))
      }
      await supervision
      state = 'stopped'
    },
  }
}
