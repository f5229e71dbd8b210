import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ClickHouseClient } from '@clickhouse/client'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createLog } from '../log.ts'
import { createClickHouse } from './client.ts'
import { type EmbeddedClickHouse, startEmbeddedClickHouse } from './embedded-clickhouse.ts'

const log = createLog('silent')
let dataDirectory: string
const started: EmbeddedClickHouse[] = []
const clients: ClickHouseClient[] = []

beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'clickhouse-'))
})

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close()
  for (const embedded of started.splice(0)) await embedded.process.stop()
  await rm(dataDirectory, { recursive: true })
})

async function start(): Promise<EmbeddedClickHouse & { client: ClickHouseClient; pid: number }> {
  const embedded = await startEmbeddedClickHouse({ dataDirectory, log })
  started.push(embedded)
  const client = createClickHouse(embedded.url, { requestTimeoutMs: 20_000, log })
  clients.push(client)
  const { pid } = embedded.process
  if (pid === undefined) throw new Error('a started engine has a pid')
  return { ...embedded, client, pid }
}

/** False for a process that is gone, and for a zombie that nobody has waited for yet. */
async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  if (process.platform !== 'linux') return true
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => 'State:\tX')
  return !/^State:\t[ZX]/m.test(status)
}

const gone = (pid: number) => expect.poll(() => isRunning(pid), { timeout: 5_000, interval: 20 }).toBe(false)

async function idsIn(client: ClickHouseClient): Promise<Set<number>> {
  const result = await client.query({
    query: 'SELECT DISTINCT batch FROM load ORDER BY batch',
    format: 'JSONEachRow',
  })
  return new Set((await result.json<{ batch: number }>()).map(({ batch }) => batch))
}

const createLoad =
  'CREATE TABLE load (batch UInt32, n UInt32, text String) ENGINE = MergeTree ORDER BY (batch, n)'
const batchOf = (batch: number) =>
  Array.from({ length: 500 }, (_, n) => ({ batch, n, text: `row ${n} of ${batch}`.padEnd(200, 'x') }))

test('an engine killed under load comes back on the same URL with every acknowledged insert', async () => {
  const { client, process: supervised } = await start()
  await client.command({ query: createLoad })
  const acknowledged = new Set<number>()
  let next = 0
  for (let kill = 0; kill < 3; kill++) {
    const killAfter = acknowledged.size + 15
    const victim = supervised.pid
    if (victim === undefined) throw new Error('the engine is not running')
    const writer = async () => {
      for (;;) {
        const batch = next++
        try {
          await client.insert({ table: 'load', values: batchOf(batch), format: 'JSONEachRow' })
        } catch {
          return // The engine is dead: this batch was not acknowledged.
        }
        acknowledged.add(batch)
        if (acknowledged.size >= killAfter && supervised.pid === victim) process.kill(victim, 'SIGKILL')
      }
    }
    await Promise.all([writer(), writer(), writer()])
    await expect.poll(() => supervised.pid ?? victim, { timeout: 10_000, interval: 20 }).not.toBe(victim)
    const present = await idsIn(client)
    expect([...acknowledged].filter((batch) => !present.has(batch))).toEqual([])
  }
  const result = await client.query({
    query: 'SELECT countIf(n = 500) AS whole FROM (SELECT batch, uniq(n) AS n FROM load GROUP BY batch)',
    format: 'JSONEachRow',
  })
  const [counted] = await result.json<{ whole: string }>()
  expect(Number(counted?.whole)).toBeGreaterThanOrEqual(acknowledged.size)
}, 60_000)

test('an engine does not outlive a parent that is killed', async () => {
  const module = new URL('./embedded-clickhouse.ts', import.meta.url).href
  const script = `
    const { startEmbeddedClickHouse } = await import(${JSON.stringify(module)})
    const nothing = () => undefined
    const log = { warn: nothing, info: nothing, error: nothing, debug: nothing }
    const { process: engine } = await startEmbeddedClickHouse({ dataDirectory: ${JSON.stringify(dataDirectory)}, log })
    console.log(engine.pid)`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(createInterface({ input: parent.stdout }), 'line')
  const pid = Number(line)
  expect(await isRunning(pid)).toBe(true)
  parent.kill('SIGKILL')
  await gone(pid)
}, 30_000)

/** Runs the engine's process without its supervisor. */
function runAlone(): ChildProcess {
  const entry = fileURLToPath(new URL('./embedded/main.ts', import.meta.url))
  const env = { ...process.env, CLICKHOUSE_PASSWORD: 'secret', UV_THREADPOOL_SIZE: '16' }
  return spawn(process.execPath, [entry, dataDirectory], { stdio: ['pipe', 'pipe', 'inherit'], env })
}

async function readyPort(child: ChildProcess): Promise<number> {
  if (!child.stdout) throw new Error('the output is a pipe')
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  return Number(/^ready (\d+)$/.exec(String(line))?.[1])
}

test('an engine ends when its standard input closes', async () => {
  const child = runAlone()
  await readyPort(child)
  child.stdin?.end()
  const [code] = await once(child, 'exit')
  expect(code).toBe(0)
}, 30_000)

test('a running query does not keep an engine from stopping within two seconds', async () => {
  const child = runAlone()
  const client = createClickHouse(`http://default:secret@127.0.0.1:${await readyPort(child)}`, {
    requestTimeoutMs: 20_000,
    log,
  })
  clients.push(client)
  const endless = client.command({ query: 'SELECT count() FROM numbers(1000000000000) WHERE number % 7 = 3' })
  const failed = expect(endless).rejects.toThrow()
  const running = async () => {
    const query = "SELECT count() AS n FROM system.processes WHERE query LIKE '%1000000000000%'"
    const result = await client.query({ query, format: 'JSONEachRow' })
    return Number((await result.json<{ n: string }>())[0]?.n)
  }
  await expect.poll(running, { timeout: 5_000 }).toBeGreaterThan(1)
  const startedAt = performance.now()
  child.kill('SIGTERM')
  await once(child, 'exit')
  expect(performance.now() - startedAt).toBeLessThan(2_000)
  await failed
}, 30_000)

test('a lock left by a process that is gone, or by another program, is taken over', async () => {
  const child = spawn('true')
  await once(child, 'exit')
  for (const pid of [child.pid, process.pid, 'rubbish']) {
    await mkdir(dataDirectory, { recursive: true })
    await writeFile(join(dataDirectory, 'heliograph.pid'), `${pid}\n`)
    const embedded = await startEmbeddedClickHouse({ dataDirectory, log })
    await embedded.process.stop()
  }
}, 30_000)

test('a directory in use is refused with the pid of its user', async () => {
  const { pid, client } = await start()
  await expect(startEmbeddedClickHouse({ dataDirectory, log })).rejects.toThrow(
    new RegExp(`${dataDirectory} is in use by process ${pid}\\. Stop that process`),
  )
  expect(await client.ping()).toMatchObject({ success: true })
}, 30_000)

test('stopping leaves no process, and the data are there at the next start', async () => {
  const first = await start()
  await first.client.command({ query: createLoad })
  await first.client.insert({ table: 'load', values: batchOf(7), format: 'JSONEachRow' })
  const startedAt = performance.now()
  await first.process.stop()
  expect(performance.now() - startedAt).toBeLessThan(2_000)
  await gone(first.pid)
  const second = await start()
  expect(await idsIn(second.client)).toEqual(new Set([7]))
  expect(second.url).not.toBe(first.url)
}, 30_000)

test('the password is not in the command line of the engine', async () => {
  if (process.platform !== 'linux') return
  const { pid, url } = await start()
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8')
  expect(command).toContain('embedded/main.ts')
  expect(command).not.toContain(new URL(url).password)
}, 30_000)
