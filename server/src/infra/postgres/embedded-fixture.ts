/** What the tests of embedded PostgreSQL share: a data root, starts in this and in other processes. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pino } from 'pino'
import { vi } from 'vitest'
import { shortHash } from '../process/data-directory.ts'
import { listProcessesIn } from '../process/process-facts.ts'
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from './embedded-postgres.ts'

export const testPassword = 'a p%ssword/with:@everything'
export const isRoot = process.getuid?.() === 0

/** A fresh directory that the database's account may pass through; removed at the end of the test. */
export async function makeDataRoot(onEnd: (cleanUp: () => Promise<void>) => void): Promise<string> {
  const root = await realpath(await mkdtemp('/tmp/embedded-postgres-'))
  await chmod(root, 0o711)
  onEnd(async () => {
    // The server of a killed start is still shutting down, and nobody removes its socket directory.
    await vi.waitUntil(() => listProcessesIn(join(root, 'postgres')).length === 0, { timeout: 10_000 })
    await rm(`/tmp/heliograph-${shortHash(join(root, 'postgres'))}`, { recursive: true, force: true })
    await rm(root, { recursive: true, force: true })
  })
  return root
}

/** Starts in this process and stops at the end of the test. */
export async function startHere(
  dataDirectory: string,
  onEnd: (cleanUp: () => Promise<void>) => void,
  overrides: Partial<EmbeddedPostgresOptions> = {},
): Promise<EmbeddedPostgres> {
  const options = { dataDirectory, log: pino({ level: 'silent' }), superuserPassword: testPassword }
  const postgres = await startEmbeddedPostgres({ ...options, ...overrides })
  onEnd(() => postgres.process.stop())
  return postgres
}

/**
 * Starts in a process of its own, optionally as another account. `firstLine` is `ready PID`, or the
 * message of the error.
 */
export function startElsewhere(
  dataDirectory: string,
  account?: { uid: number; gid: number },
): { child: ChildProcess; firstLine: Promise<string> } {
  const program = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(new URL('./embedded-postgres.ts', import.meta.url).href)})
    const { pino } = await import('pino')
    try {
      const { process: server } = await startEmbeddedPostgres({
        dataDirectory: ${JSON.stringify(dataDirectory)}, log: pino({ level: 'silent' }),
        superuserPassword: ${JSON.stringify(testPassword)} })
      process.once('SIGTERM', () => server.stop().then(() => process.exit(0)))
      console.log('ready ' + server.pid)
    } catch (error) {
      console.log(error.name + ': ' + error.message)
    }`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: import.meta.dirname,
    ...account,
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return { child, firstLine: lines.next().then(({ value }) => String(value)) }
}

export async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  await once(child, 'exit')
}
