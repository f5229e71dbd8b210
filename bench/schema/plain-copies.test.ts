import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type ConformanceTarget,
  codeOf,
  openConformanceTarget,
} from '../../server/src/infra/clickhouse/conformance-target.ts'
import { compareWithPlain, copyPlainShape, plainType } from './plain-copies.ts'
import { plainTypes } from './tell.ts'

let target: ConformanceTarget

beforeAll(async () => {
  target = await openConformanceTarget()
})
afterAll(() => target.close())

const command = (query: string) => target.client.command({ query })
const listTables = async () =>
  (await target.rows<{ name: string }>('SHOW TABLES')).map(({ name }) => name).sort()

/** Everything about columns that a copy could lose: a dictionary in the key, in a map and behind a codec. */
const columns = `(
  day Date CODEC(Delta, ZSTD(1)),
  kind LowCardinality(String),
  id UInt64 CODEC(NONE),
  told Map(LowCardinality(String), Array(LowCardinality(Nullable(String)))) CODEC(ZSTD(1)),
  agent LowCardinality(String) DEFAULT 'nobody' CODEC(ZSTD(1)) TTL day + INTERVAL 30 DAY,
  version UInt32 DEFAULT 1
) ENGINE = ReplacingMergeTree(version) PARTITION BY toYYYYMM(day) ORDER BY (kind, id) TTL day + INTERVAL 3 YEAR`

test('a plain shape has no dictionary and no codec, and all else as the catalogue has it', async () => {
  await command(`CREATE TABLE shaped ${columns}`)
  await copyPlainShape(target.client, 'shaped', 'shaped_plain')
  expect(
    await target.rows(
      `SELECT name, type, compression_codec AS codec, default_expression AS value FROM system.columns
       WHERE database = currentDatabase() AND table = 'shaped_plain' ORDER BY position`,
    ),
  ).toEqual([
    { name: 'day', type: 'Date', codec: '', value: '' },
    { name: 'kind', type: 'String', codec: '', value: '' },
    { name: 'id', type: 'UInt64', codec: '', value: '' },
    { name: 'told', type: 'Map(String, Array(Nullable(String)))', codec: '', value: '' },
    { name: 'agent', type: 'String', codec: '', value: "'nobody'" },
    { name: 'version', type: 'UInt32', codec: '', value: '1' },
  ])
  const [engine] = await target.rows<{ engine_full: string; create_table_query: string }>(
    `SELECT engine_full, create_table_query FROM system.tables
     WHERE database = currentDatabase() AND name = 'shaped_plain'`,
  )
  expect(engine?.engine_full).toMatch(
    /^ReplacingMergeTree\(version\) PARTITION BY toYYYYMM\(day\) ORDER BY \(kind, id\) TTL day \+ toIntervalYear\(3\)/,
  )
  expect(engine?.create_table_query).toContain('TTL day + toIntervalDay(30)')
})

test('both copies hold the same rows, duplicates once, and each column tells what it takes either way', async () => {
  await command(`CREATE TABLE compared ${columns}`)
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10)
  const [today, earlier] = [daysAgo(0), daysAgo(60)]
  const insert = (rows: number, day: string) =>
    command(`INSERT INTO compared (day, kind, id, told)
      SELECT toDate('${day}'), if(number % 2 = 0, 'a long word that many rows share', 'another long word of the same kind'),
        number, map('place', ['here']) FROM numbers(${rows})`)
  await insert(50_000, today)
  await insert(50_000, today)
  await insert(40_000, earlier)
  const found = await compareWithPlain(target.client, 'compared')
  expect(found).toMatchObject({ table: 'compared', rows: 90_000 })
  expect(found?.ratio).toBeCloseTo((found?.plainBytesPerRow ?? 0) / (found?.builtBytesPerRow ?? 1), 9)
  expect(found?.columns.map(({ column }) => column).sort()).toEqual(
    ['day', 'kind', 'id', 'told', 'agent', 'version'].sort(),
  )
  // Eight bytes as they are; the server's own codec needs fewer for numbers that count up.
  const id = found?.columns.find(({ column }) => column === 'id')
  expect(id).toMatchObject({ type: 'UInt64', codec: 'CODEC(NONE)' })
  expect(id?.bytesPerRow).toBeCloseTo(8, 1)
  expect(id?.plainBytesPerRow).toBeLessThan(7)
  expect(found?.columns[0]).toBe(id)

  const told = plainTypes(found ? [found] : [])
  expect(told).toContainEqual(
    expect.stringMatching(/^ {2}compared +[\d.]+, plain [\d.]+: x [\d.]+ \(of 90,000 rows\)$/),
  )
  expect(told.filter((line) => line.startsWith('    does not pay: id UInt64 CODEC(NONE): 8.0'))).toHaveLength(
    1,
  )
  expect(told.filter((line) => /^ {4}\w+ [^:]+: [\d.]+, plain [\d.]+$/.test(line))).toHaveLength(3)

  // Every month has its share of the rows that are copied: 500.6 and 400.4, each of them rounded up.
  await command('OPTIMIZE TABLE compared FINAL')
  expect((await compareWithPlain(target.client, 'compared', 901))?.rows).toBe(902)
})

test('copies are gone afterwards: of a run that succeeds, of one that fails, and of one that was killed', async () => {
  await command('CREATE TABLE `od``d` (id UInt64 CODEC(Delta, ZSTD(1))) ENGINE = MergeTree ORDER BY id')
  expect(await compareWithPlain(target.client, 'od`d')).toBeUndefined()
  await command('INSERT INTO `od``d` SELECT number FROM numbers(1000)')
  await command(
    'CREATE TABLE bench_copy_as_built (left_behind UInt8) ENGINE = MergeTree ORDER BY left_behind',
  )
  const before = (await listTables()).filter((name) => name !== 'bench_copy_as_built')
  expect(await compareWithPlain(target.client, 'od`d')).toMatchObject({ rows: 1_000 })
  expect(await listTables()).toEqual(before)

  // The rows are older than the constraint, so that only their copies break it.
  await command('ALTER TABLE `od``d` ADD CONSTRAINT small CHECK id < 10')
  expect(await codeOf(compareWithPlain(target.client, 'od`d'))).toBe('469')
  expect(await listTables()).toEqual(before)
})

test('a dictionary is taken out of a type wherever it stands', () => {
  expect(plainType('LowCardinality(String)')).toBe('String')
  expect(plainType('Array(LowCardinality(Nullable(FixedString(16))))')).toBe(
    'Array(Nullable(FixedString(16)))',
  )
  expect(plainType('Map(LowCardinality(String), LowCardinality(String))')).toBe('Map(String, String)')
  expect(plainType("DateTime64(3, 'UTC')")).toBe("DateTime64(3, 'UTC')")
})
