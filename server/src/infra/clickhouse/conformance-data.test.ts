import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { ClickHouseClient } from '@clickhouse/client'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { awkwardText, type ConformanceTarget, codeOf, openConformanceTarget } from './conformance-target.ts'

/** What the product relies on in ClickHouse's HTTP interface: inserts, long results, many at once. */
let target: ConformanceTarget
let client: ClickHouseClient
const rows: ConformanceTarget['rows'] = (...given) => target.rows(...given)

beforeAll(async () => {
  target = await openConformanceTarget()
  client = target.client
}, 60_000)

afterAll(() => target.close())

beforeEach(async () => {
  await client.command({ query: 'DROP TABLE IF EXISTS facts' })
  await client.command({
    query: 'CREATE TABLE facts (id UInt64, text String) ENGINE = MergeTree ORDER BY id',
  })
})

test('objects are inserted and counted', async () => {
  const values = [
    { id: 1, text: awkwardText },
    { id: '18446744073709551615', text: '' },
  ]
  const result = await client.insert({
    table: 'facts',
    values,
    format: 'JSONEachRow',
    columns: ['id', 'text'],
  })
  expect(result.summary).toMatchObject({ written_rows: '2' })
  expect(await rows('SELECT id, text FROM facts ORDER BY id')).toEqual([
    { id: '1', text: awkwardText },
    { id: '18446744073709551615', text: '' },
  ])
})

test('an empty insert is no error', async () => {
  await client.insert({ table: 'facts', values: [], format: 'JSONEachRow' })
  await client.insert({ table: 'facts', values: Readable.from([]), format: 'JSONEachRow' })
  expect(await rows('SELECT count() AS n FROM facts')).toEqual([{ n: '0' }])
})

test('a stream of objects is inserted, 300,000 of them', async () => {
  const produce = function* () {
    for (let id = 0; id < 300_000; id++) yield { id, text: `row ${id}` }
  }
  await client.insert({ table: 'facts', values: Readable.from(produce()), format: 'JSONEachRow' })
  expect(await rows('SELECT count() AS n, sum(id) AS total FROM facts')).toEqual([
    { n: '300000', total: '44999850000' },
  ])
})

test('a raw CSV stream is inserted, line breaks in values included', async () => {
  const lines = Readable.from(['1,"two\n', 'lines"\n', '2,"say ""hi"""\n'], { objectMode: false })
  await client.insert({ table: 'facts', values: lines, format: 'CSV', columns: ['id', 'text'] })
  expect(await rows('SELECT id, text FROM facts ORDER BY id')).toEqual([
    { id: '1', text: 'two\nlines' },
    { id: '2', text: 'say "hi"' },
  ])
})

test('data in the statement itself are inserted, settings and all', async () => {
  await client.command({ query: "INSERT INTO facts (id, text) VALUES (1 + 1, 'a;b'), (3, concat('c', 'd'))" })
  await client.command({ query: 'INSERT INTO facts (id, text) SETTINGS max_threads = 1 FORMAT CSV\n4,e' })
  await client.command({ query: "INSERT INTO facts (id, text) SELECT 5, 'f'" })
  expect(await rows('SELECT id, text FROM facts ORDER BY id')).toEqual([
    { id: '2', text: 'a;b' },
    { id: '3', text: 'cd' },
    { id: '4', text: 'e' },
    { id: '5', text: 'f' },
  ])
})

test.each([false, true])(
  'an insert whose body breaks off inserts nothing (compressed: %s)',
  async (request) => {
    const sender = target.connect({ compression: { request } })
    const broken = Readable.from(
      (function* () {
        for (let id = 0; id < 50_000; id++) yield { id, text: randomUUID() }
        throw new Error('the producer failed')
      })(),
    )
    broken.on('error', () => undefined)
    const printed = vi.spyOn(console, 'error').mockReturnValue()
    onTestFinished(() => printed.mockRestore())
    expect(await codeOf(sender.insert({ table: 'facts', values: broken, format: 'JSONEachRow' }))).not.toBe(
      undefined,
    )
    await sender.close()
    expect(await rows('SELECT count() AS n FROM facts')).toEqual([{ n: '0' }])
  },
)

test('GET only reads, and read-only requests can have parameters', async () => {
  const url = new URL(target.url)
  const authorization = `Basic ${btoa(`${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`)}`
  const get = async (parameters: Record<string, string>) => {
    const response = await fetch(
      `${url.origin}/?${new URLSearchParams({ database: target.database, ...parameters })}`,
      {
        headers: { authorization },
      },
    )
    return [response.headers.get('x-clickhouse-exception-code'), await response.text()]
  }
  const [code] = await get({ query: 'CREATE TABLE other (a UInt8) ENGINE = Memory' })
  expect(code).toBe('164')
  for (const given of ['a', 'b']) {
    expect(await get({ query: 'SELECT {given:String}', param_given: given })).toEqual([null, `${given}\n`])
  }
})

test('an insert with a row that does not fit says which', async () => {
  const values = [
    { id: 1, text: 'a' },
    { id: 'no number', text: 'b' },
  ]
  const error = await client
    .insert({ table: 'facts', values, format: 'JSONEachRow' })
    .catch((reason: unknown) => reason)
  expect(String(error)).toMatch(/at row 2/)
})

test.each(['gzip', 'zstd', 'br'] as const)('%s compresses both ways', async (codec) => {
  const compressed = target.connect({ compression: { request: { codec }, response: { codec } } })
  const values = Array.from({ length: 20_000 }, (_, id) => ({ id, text: awkwardText }))
  await compressed.insert({ table: 'facts', values, format: 'JSONEachRow' })
  const result = await compressed.query({
    query: 'SELECT id, text FROM facts ORDER BY id',
    format: 'JSONEachRow',
  })
  expect(result.response_headers['content-encoding']).toBe(codec)
  const read = await result.json<{ id: string; text: string }>()
  expect(read.length).toBe(20_000)
  expect(read.at(-1)).toEqual({ id: '19999', text: awkwardText })
  expect(await codeOf(rows('SELECT * FROM no_such_table', {}, compressed))).toBe('60')
  await compressed.close()
})

test.each([
  'JSON',
  'JSONCompact',
  'JSONCompactEachRowWithNamesAndTypes',
  'CSVWithNames',
  'TabSeparated',
] as const)('%s is one well-formed result over many blocks', async (format) => {
  const result = await client.query({ query: 'SELECT number AS n FROM numbers(200000)', format })
  const text = await result.text()
  if (format === 'JSON' || format === 'JSONCompact') expect(JSON.parse(text).data.length).toBe(200_000)
  else
    expect(text.trimEnd().split('\n').length).toBe(
      format.endsWith('Types') ? 200_002 : format === 'CSVWithNames' ? 200_001 : 200_000,
    )
})

test('rows of a large result arrive before its end', async () => {
  const { firstMs, allMs, count } = await readLarge(600_000)
  expect(count).toBe(600_000)
  expect(firstMs).toBeLessThan(allMs / 2)
})

test('the server needs no more memory for 570 MB of result than for 190 MB', async () => {
  await readLarge(600_000)
  const before = await highWaterBytes()
  expect((await readLarge(1_800_000)).count).toBe(1_800_000)
  expect((await highWaterBytes()) - before).toBeLessThan(150_000_000)
}, 60_000)

/** Reads rows of 320 bytes each. */
async function readLarge(rowCount: number): Promise<{ firstMs: number; allMs: number; count: number }> {
  const query = "SELECT number AS id, repeat('x', 300) AS text FROM numbers({rowCount:UInt64})"
  const startedAt = performance.now()
  const result = await client.query({ query, query_params: { rowCount }, format: 'JSONEachRow' })
  let firstMs = Number.POSITIVE_INFINITY
  let count = 0
  for await (const batch of result.stream()) {
    firstMs = Math.min(firstMs, performance.now() - startedAt)
    count += batch.length
  }
  return { firstMs, allMs: performance.now() - startedAt, count }
}

/** The most memory the embedded process has ever had; 0 for another server and elsewhere than on Linux. */
async function highWaterBytes(): Promise<number> {
  if (!target.pid || process.platform !== 'linux') return 0
  const status = await readFile(`/proc/${target.pid}/status`, 'utf8')
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) * 1024
}

test('20 queries at once each get their own answer', async () => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      rows<{ total: string; own: number }>(
        'SELECT sum(number) AS total, {own:UInt8} AS own FROM numbers({upTo:UInt64})',
        { own: index, upTo: 1_000_000 + index },
      ),
    ),
  )
  answers.forEach((answer, index) => {
    const n = BigInt(1_000_000 + index)
    expect(answer).toEqual([{ total: String((n * (n - 1n)) / 2n), own: index }])
  })
})

test('an aborted query ends on the server, and one that waits leaves the queue', async () => {
  const mark = `aborted ${randomUUID()}`
  const controller = new AbortController()
  const start = () =>
    codeOf(
      client.query({
        query: `SELECT count() FROM numbers(1000000000000) WHERE number % 7 = 3 AND '${mark}' != ''`,
        abort_signal: controller.signal,
      }),
    )
  const running = async () => {
    const query = `SELECT count() AS n FROM system.processes
      WHERE position(query, {mark:String}) > 0 AND position(query, 'system.processes') = 0`
    const [found] = await rows<{ n: string }>(query, { mark })
    return Number(found?.n)
  }
  const first = [start(), start(), start()]
  await expect.poll(running, { timeout: 10_000 }).toBe(3)
  const more = Array.from({ length: 9 }, start)
  controller.abort()
  expect(await Promise.all([...first, ...more])).not.toContain(undefined)
  await expect.poll(running, { timeout: 10_000 }).toBe(0)
  await Promise.all(
    Array.from({ length: 8 }, async () => expect(await rows('SELECT 1 AS one')).toEqual([{ one: 1 }])),
  )
}, 30_000)

test('a reader that leaves in the midst of a result frees its place', async () => {
  for (let attempt = 0; attempt < 6; attempt++) {
    const result = await client.query({
      query: 'SELECT number FROM numbers(100000000000)',
      format: 'JSONEachRow',
    })
    for await (const _ of result.stream()) break
    result.close()
  }
  expect(await rows('SELECT 1 AS one')).toEqual([{ one: 1 }])
}, 30_000)

test('parameters too long for a URL are sent in the body', async () => {
  const many = Array.from({ length: 30_000 }, (_, index) => index)
  expect(await rows('SELECT length({many:Array(UInt32)}) AS n', { many })).toEqual([{ n: '30000' }])
})
