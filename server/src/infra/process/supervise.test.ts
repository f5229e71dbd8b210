import { spawn } from 'node:child_process'
import { pino } from 'pino'
import { expect, test, vi } from 'vitest'
import { findProcess } from './process-facts.ts'
import { type SupervisedOptions, supervise } from './supervise.ts'

const log = pino({ level: 'silent' })

function sleeper(overrides: Partial<SupervisedOptions> = {}): SupervisedOptions {
  return {
    name: 'sleeper',
    log,
    launch: () => spawn('sleep', ['600'], { stdio: 'ignore' }),
    waitUntilReady: async () => undefined,
    stopSignal: 'SIGTERM',
    startTimeoutMs: 5_000,
    stopTimeoutMs: 2_000,
    ...overrides,
  }
}

test('a killed process is started again, and a stopped one stays down', async () => {
  const supervised = await supervise(sleeper())
  const firstPid = supervised.pid ?? 0
  process.kill(firstPid, 'SIGKILL')
  await vi.waitUntil(() => supervised.pid !== undefined && supervised.pid !== firstPid, { timeout: 5_000 })
  const secondPid = supervised.pid ?? 0
  await supervised.stop()
  await supervised.stop()
  expect(supervised.state).toBe('stopped')
  expect(findProcess(secondPid)).toBeUndefined()
})

test('a process that ends before it is ready fails the first start', async () => {
  const options = sleeper({
    launch: () => spawn('false', { stdio: 'ignore' }),
    waitUntilReady: () => new Promise(() => undefined),
  })
  await expect(supervise(options)).rejects.toThrow('sleeper ended before it was ready')
})

test('a program that does not exist fails the first start', async () => {
  const options = sleeper({
    launch: () => spawn('/nonexistent/program', { stdio: 'ignore' }),
    waitUntilReady: () => new Promise(() => undefined),
  })
  await expect(supervise(options)).rejects.toThrow('sleeper ended before it was ready')
})

test('a process that is not ready in time is asked to end before the start fails', async () => {
  let pid = 0
  let signal: NodeJS.Signals | null = null
  const options = sleeper({
    launch: () => {
      const child = spawn('sleep', ['600'], { stdio: 'ignore' })
      pid = child.pid ?? 0
      child.once('exit', (_code, by) => {
        signal = by
      })
      return child
    },
    waitUntilReady: (_child, aborted) =>
      new Promise((_resolve, reject) => {
        // Timers of AbortSignal do not keep a process alive; the supervised child does.
        aborted.addEventListener('abort', () => reject(aborted.reason))
      }),
    startTimeoutMs: 200,
  })
  await expect(supervise(options)).rejects.toThrow('not ready after 200 ms')
  expect(signal).toBe('SIGTERM')
  expect(findProcess(pid)).toBeUndefined()
})

test('a stop while a restart is being prepared launches nothing', async () => {
  let launches = 0
  let preparations = 0
  let letGo: () => void = () => undefined
  const supervised = await supervise(
    sleeper({
      prepare: () => {
        preparations += 1
        if (preparations === 1) return Promise.resolve()
        return new Promise<void>((resolve) => {
          letGo = resolve
        })
      },
      launch: () => {
        launches += 1
        return spawn('sleep', ['600'], { stdio: 'ignore' })
      },
    }),
  )
  process.kill(supervised.pid ?? 0, 'SIGKILL')
  await vi.waitUntil(() => preparations === 2, { timeout: 5_000 })
  const stopped = supervised.stop()
  letGo()
  await stopped
  expect(launches).toBe(1)
})

test('a process that ignores the stop signal is killed after the time limit', async () => {
  const supervised = await supervise(
    sleeper({
      launch: () => spawn('sh', ['-c', 'trap "" TERM; echo ready; while :; do sleep 0.05; done']),
      waitUntilReady: (child) => new Promise((resolve) => child.stdout?.once('data', () => resolve())),
      stopTimeoutMs: 200,
    }),
  )
  const pid = supervised.pid ?? 0
  await supervised.stop()
  expect(findProcess(pid)).toBeUndefined()
})
