import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'

export interface EngineProcess {
  readonly pid: number | undefined
  /** Resolves with what the process last said, once it has ended. */
  readonly ended: Promise<string>
  stop(signal: NodeJS.Signals): Promise<void>
}

const setpriv = '/usr/bin/setpriv'

/**
 * Runs an engine of the test network. On Linux the kernel ends it when this process dies in any way, so
 * that no test run leaves an orphan. `asUser` is taken on where this process is root.
 */
export function launchEngine(command: string, args: readonly string[], asUser?: string): EngineProcess {
  const identity =
    asUser !== undefined && process.getuid?.() === 0
      ? ['--reuid', asUser, '--regid', asUser, '--clear-groups']
      : []
  const guarded = existsSync(setpriv)
  const child: ChildProcess = guarded
    ? spawn(setpriv, [...identity, '--pdeathsig', 'KILL', command, ...args], {
        stdio: ['ignore', 'pipe', 'pipe'],
      })
    : spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  const listen = (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4_000)
  }
  child.stdout?.on('data', listen)
  child.stderr?.on('data', listen)
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', () => resolve(said))
  })
  return {
    pid: child.pid,
    ended,
    async stop(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill(signal)
      await once(child, 'close')
    },
  }
}

/** Asks again and again until `ready` is true, up to 15 s; fails at once where the engine has ended. */
export async function waitUntil(
  name: string,
  engine: EngineProcess,
  ready: () => Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + 15_000
  let over: string | undefined
  void engine.ended.then((said) => {
    over = said
  })
  while (!(await ready())) {
    if (over !== undefined) throw new Error(`${name} ended while starting: ${over}`)
    if (Date.now() > deadline) throw new Error(`${name} was not ready after 15 s`)
    await new Promise((resolve) => setTimeout(resolve, 15))
  }
}
