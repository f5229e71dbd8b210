import type { ClickHouseClient } from '@clickhouse/client'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { awkwardText, type ConformanceTarget, codeOf, openConformanceTarget } from './conformance-target.ts'

/** What the product relies on in ClickHouse's HTTP interface, over the official client: queries. */
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

test('ping answers, with and without a query', async () => {
  expect(await client.ping()).toMatchObject({ success: true })
  expect(await client.ping({ select: true })).toMatchObject({ success: true })
})

test('a query gives its rows, their types and its own id', async () => {
  const result = await client.query({ query: 'SELECT 1 AS one, [1, 2] AS list', query_id: 'my-own-id' })
  expect(result.query_id).toBe('my-own-id')
  expect(result.response_headers['x-clickhouse-query-id']).toBe('my-own-id')
  expect(await result.json()).toMatchObject({ data: [{ one: 1, list: [1, 2] }], rows: 1 })
})

test('64-bit integers arrive exact', async () => {
  expect(
    await rows('SELECT toUInt64(18446744073709551615) AS big, toInt64(-9223372036854775808) AS small'),
  ).toEqual([{ big: '18446744073709551615', small: '-9223372036854775808' }])
})

test.each([
  ['String', awkwardText, awkwardText],
  ['String', '', ''],
  ['Int64', '-9007199254740993', '-9007199254740993'],
  ['Float64', 0.1, 0.1],
  ['Bool', true, true],
  ['UUID', '61f0c404-5cb3-11e7-907b-a6006ad3dba0', '61f0c404-5cb3-11e7-907b-a6006ad3dba0'],
  ['Nullable(String)', null, null],
  ['Nullable(String)', 'NULL', 'NULL'],
  ['Array(String)', ["it's", awkwardText, ''], ["it's", awkwardText, '']],
  ['Array(Nullable(UInt8))', [1, null], [1, null]],
  ['Map(String, UInt8)', { "k'ey": 1 }, { "k'ey": 1 }],
  ['Date', '2026-02-28', '2026-02-28'],
  ["DateTime64(3, 'UTC')", new Date('2026-03-29T01:30:00.123Z'), '2026-03-29 01:30:00.123'],
  ["DateTime64(3, 'UTC')", '2026-03-29 01:30:00.123', '2026-03-29 01:30:00.123'],
  ['Decimal(18, 4)', '123456789.5678', 123456789.5678],
])('a %s parameter comes back as it was given: %j', async (type, value, expected) => {
  expect(await rows(`SELECT {given:${type}} AS given`, { given: value })).toEqual([{ given: expected }])
})

test('a parameter names a table without becoming SQL', async () => {
  await client.insert({ table: 'facts', values: [{ id: 1, text: 'a' }], format: 'JSONEachRow' })
  expect(await rows('SELECT id FROM {table:Identifier}', { table: 'facts' })).toEqual([{ id: '1' }])
})

test('SQL in a parameter is inert', async () => {
  const attack = "'; DROP TABLE facts; SELECT '"
  expect(await rows('SELECT {text:String} AS text', { text: attack })).toEqual([{ text: attack }])
  expect(await codeOf(rows('SELECT {id:UInt64}', { id: '1; DROP TABLE facts' }))).not.toBe(undefined)
  expect(await codeOf(rows('SELECT count() FROM {t:Identifier}', { t: 'facts; DROP TABLE facts' }))).toBe(
    '60',
  )
  expect(await rows('SELECT count() AS n FROM facts')).toEqual([{ n: '0' }])
})

test('two statements in one request are refused, and neither runs', async () => {
  expect(await codeOf(client.command({ query: 'SELECT 1; DROP TABLE facts' }))).toBe('62')
  expect(await rows('SELECT count() AS n FROM facts')).toEqual([{ n: '0' }])
})

test('a parameter of one request is not there in the next', async () => {
  await Promise.all(Array.from({ length: 8 }, () => rows('SELECT {secret:String} AS s', { secret: 'x' })))
  const codes = await Promise.all(
    Array.from({ length: 8 }, () => codeOf(rows('SELECT {secret:String} AS s'))),
  )
  expect(new Set(codes)).toEqual(new Set(['456']))
})

test('settings and database of one request do not reach another', async () => {
  const read = async (settings: Record<string, number>) => {
    const query = "SELECT getSetting('max_block_size') AS size, currentDatabase() AS database"
    const result = await client.query({ query, clickhouse_settings: settings, format: 'JSONEachRow' })
    return result.json<{ size: number }>()
  }
  const [usual] = await read({})
  await Promise.all(
    Array.from({ length: 24 }, async (_, index) => {
      const settings: Record<string, number> = index % 3 === 0 ? { max_block_size: 1000 + index } : {}
      const size = index % 3 === 0 ? 1000 + index : usual?.size
      expect(await read(settings)).toEqual([{ size, database: target.database }])
    }),
  )
  const elsewhere = target.connect({ database: 'system' })
  expect(await rows('SELECT currentDatabase() AS d', {}, elsewhere)).toEqual([{ d: 'system' }])
  expect(await read({})).toEqual([{ size: usual?.size, database: target.database }])
  await elsewhere.close()
})

test('an unknown setting, and a setting that is no name, are refused', async () => {
  const ask = (settings: Record<string, string>) =>
    client.query({ query: 'SELECT 1', clickhouse_settings: settings })
  expect(await codeOf(ask({ no_such_setting: '1' }))).toBe('115')
  expect(await codeOf(ask({ "max_threads = 1, param_x = '": '1' }))).not.toBe(undefined)
})

test.each([
  ['62', 'syntax', 'SELEC 1', {}],
  ['60', 'unknown table', 'SELECT * FROM no_such_table', {}],
  ['47', 'unknown column', 'SELECT no_such_column FROM facts', {}],
  ['241', 'memory', 'SELECT groupArray(number) FROM numbers(10000000)', { max_memory_usage: '20000000' }],
  [
    '159',
    'timeout',
    'SELECT count() FROM numbers(1000000000000) WHERE number % 7 = 3',
    { max_execution_time: 1 },
  ],
])('error %s is raised for: %s', async (code, _, query, settings) => {
  expect(await codeOf(client.query({ query, clickhouse_settings: settings }))).toBe(code)
})

test('an error in the midst of a result reaches the reader of a stream', async () => {
  const query = 'SELECT throwIf(number = 3000000) AS ok FROM numbers(4000000)'
  const result = await client.query({ query, format: 'JSONEachRow' })
  const reading = (async () => {
    for await (const _ of result.stream());
  })()
  expect(await codeOf(reading)).toBe('395')
})

test('a wrong password is refused', async () => {
  const url = new URL(target.url)
  url.password = 'wrong'
  const stranger = target.connect({ url: url.href })
  expect(['516', '194']).toContain(await codeOf(rows('SELECT 1', {}, stranger)))
  await stranger.close()
})
