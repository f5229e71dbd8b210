import { resolve } from 'node:path'
import { lockDirectory } from './directory-lock.ts'
import { openEngine } from './engine.ts'
import { createHttpServer } from './server.ts'
import { defaultLimits } from './server-config.ts'

/**
 * The embedded ClickHouse: one process that owns one data directory and serves ClickHouse's HTTP interface on
 * the loopback address. It ends with its parent: when standard input closes, or on SIGTERM.
 *
 *   main.ts DIRECTORY [PORT]
 *   main.ts --compile            only fills the compile cache
 *
 * The environment gives CLICKHOUSE_USER, CLICKHOUSE_PASSWORD, and optionally the limits
 * CLICKHOUSE_MEMORY_BYTES, CLICKHOUSE_QUERY_TIMEOUT_SECONDS and CLICKHOUSE_CONCURRENT_QUERIES. Writes the
 * line `ready PORT` to standard output once it accepts queries.
 */
const stopWithinMs = 1_700

function positiveInteger(name: string, fallback: number): number {
  const text = process.env[name]
  if (text === undefined || text === '') return fallback
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value <= 0) throw new Error(`${name} must be a positive whole number.`)
  return value
}

async function start(): Promise<void> {
  const [directory, port = '0'] = process.argv.slice(2)
  if (directory === '--compile') return
  const { CLICKHOUSE_USER: user = 'default', CLICKHOUSE_PASSWORD: password } = process.env
  if (directory === undefined || !password) {
    throw new Error('Usage: CLICKHOUSE_PASSWORD=... main.ts DIRECTORY [PORT]')
  }
  if (/[*?{}]/.test(directory)) {
    throw new Error(
      `The data directory ${directory} must not have *, ?, { or } in its path: choose another one.`,
    )
  }
  process.env.CLICKHOUSE_PASSWORD = ''
  const lock = await lockDirectory(resolve(directory))
  const engine = await openEngine(resolve(directory), {
    memoryBytes: positiveInteger('CLICKHOUSE_MEMORY_BYTES', defaultLimits.memoryBytes),
    queryTimeoutSeconds: positiveInteger(
      'CLICKHOUSE_QUERY_TIMEOUT_SECONDS',
      defaultLimits.queryTimeoutSeconds,
    ),
    concurrentQueries: positiveInteger('CLICKHOUSE_CONCURRENT_QUERIES', defaultLimits.concurrentQueries),
  })
  const server = createHttpServer(engine, { user, password })

  let stopping = false
  const stop = async () => {
    if (stopping) return
    stopping = true
    // What does not end in time is cut off: everything acknowledged is on disk already.
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), stopWithinMs).unref()
    server.close()
    await engine.close()
    await lock.release()
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop())
  process.stdin.on('end', () => void stop()).on('error', () => void stop())
  process.stdin.resume()

  server.on('error', (error) => {
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  })
  server.listen(Number(port), '127.0.0.1', () => {
    const address = server.address()
    process.stdout.write(`ready ${typeof address === 'object' ? address?.port : port}\n`)
  })
}

start().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
})
