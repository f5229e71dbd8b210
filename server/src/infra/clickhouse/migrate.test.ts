import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ClickHouseClient } from '@clickhouse/client'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createLog } from '../log.ts'
import { createClickHouse } from './client.ts'
import { type EmbeddedClickHouse, startEmbeddedClickHouse } from './embedded-clickhouse.ts'
import { migrateClickHouse } from './migrate.ts'

const log = createLog('silent')
const shipped = fileURLToPath(new URL('../../../migrations/clickhouse', import.meta.url))
let root: string
let embedded: EmbeddedClickHouse
let client: ClickHouseClient
let directory: string
let counter = 0

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'clickhouse-'))
  embedded = await startEmbeddedClickHouse({ dataDirectory: join(root, 'data'), log })
}, 60_000)

afterAll(async () => {
  await client?.close()
  await embedded?.process.stop()
  await rm(root, { recursive: true })
})

/** Every test has a database and a directory of its own. */
beforeEach(async () => {
  await client?.close()
  counter += 1
  const admin = createClickHouse(embedded.url, { requestTimeoutMs: 30_000, log })
  await admin.command({ query: `CREATE DATABASE own_${counter}` })
  await admin.close()
  client = createClickHouse(`${embedded.url}/own_${counter}`, { requestTimeoutMs: 30_000, log })
  directory = join(root, `migrations-${counter}`)
  await mkdir(directory)
})

const write = (name: string, sql: string) => writeFile(join(directory, name), sql)
const createTable = (name: string) =>
  `CREATE TABLE IF NOT EXISTS ${name} (a UInt8 COMMENT ';') ENGINE = MergeTree ORDER BY a;`

async function rows<T>(query: string): Promise<T[]> {
  const result = await client.query({ query, format: 'JSONEachRow' })
  return result.json<T>()
}

const numbers = async (migrations: Promise<{ number: number }[]>) =>
  (await migrations).map(({ number }) => number)

test('each migration runs once, in order, and a later one is added', async () => {
  await write('0001_first.sql', `${createTable('one')} INSERT INTO one VALUES (1);`)
  expect(await numbers(migrateClickHouse(client, directory))).toEqual([1])
  await write('0002_second.sql', createTable('two'))
  expect(await numbers(migrateClickHouse(client, directory))).toEqual([2])
  expect(await numbers(migrateClickHouse(client, directory))).toEqual([])
  expect(await rows('SELECT count() AS n FROM one')).toEqual([{ n: '1' }])
})

test('a migration that breaks in the middle is not recorded and runs again', async () => {
  await write('0001_first.sql', `${createTable('one')} CREATE NONSENSE;`)
  await expect(migrateClickHouse(client, directory)).rejects.toMatchObject({ code: '62' })
  await write('0001_first.sql', createTable('one') + createTable('two'))
  expect(await numbers(migrateClickHouse(client, directory))).toEqual([1])
  expect(await rows('SELECT number FROM schema_migrations FINAL')).toEqual([{ number: 1 }])
})

test('four servers that start at once leave one record of each migration', async () => {
  await write('0001_first.sql', createTable('one'))
  await write('0002_second.sql', createTable('two'))
  await Promise.all(Array.from({ length: 4 }, () => migrateClickHouse(client, directory)))
  expect(await rows('SELECT number FROM schema_migrations FINAL ORDER BY number')).toEqual([
    { number: 1 },
    { number: 2 },
  ])
})

test('all work happens inside the lock', async () => {
  await write('0001_first.sql', createTable('one'))
  const order: string[] = []
  let tail: Promise<unknown> = Promise.resolve()
  const withLock = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = tail.then(async () => {
      order.push('in')
      const result = await work()
      order.push('out')
      return result
    })
    tail = turn
    return turn
  }
  const both = [
    migrateClickHouse(client, directory, { withLock }),
    migrateClickHouse(client, directory, { withLock }),
  ]
  expect((await Promise.all(both.map(numbers))).flat()).toEqual([1])
  expect(order).toEqual(['in', 'out', 'in', 'out'])
})

test('a database newer than the code, and a changed file, are refused', async () => {
  await write('0001_first.sql', createTable('one'))
  await write('0002_second.sql', createTable('two'))
  await migrateClickHouse(client, directory)
  await rm(join(directory, '0002_second.sql'))
  await expect(migrateClickHouse(client, directory)).rejects.toThrow(/newer than this version.*0002_second/)
  await write('0002_second.sql', `${createTable('two')} `)
  await expect(migrateClickHouse(client, directory)).rejects.toThrow(
    /had migration 0002_second before its file was changed/,
  )
})

/** A small generator with a fixed seed: a failure can be repeated. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const rawHourly = `
  SELECT workspace_id, metric_name, published_post_id, toString(toStartOfHour(timestamp)) AS hour,
    argMax(metric_value, (timestamp, source, inserted_at)) AS value
  FROM performance_metrics GROUP BY ALL ORDER BY ALL`
const rolledUp = `
  SELECT workspace_id, metric_name, published_post_id, toString(hour) AS hour, argMaxMerge(last_value) AS value
  FROM post_metrics_hourly GROUP BY ALL ORDER BY ALL`

test('duplicate, late and reordered snapshots end in the same rollup as in the raw table', async () => {
  await migrateClickHouse(client, shipped)
  const random = randomFrom(7)
  const pick = (from: readonly string[]) => from[Math.floor(random() * from.length)]
  const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
  // Across two monthly partitions, and young enough not to expire.
  const now = new Date()
  const monthBegins = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 1)
  const insertedAt = monthBegins + 86_400_000
  const facts = Array.from({ length: 3_000 }, (_, index) => ({
    workspace_id: uuid(Math.floor(random() * 2)),
    platform: 'bluesky',
    social_account_id: uuid(9),
    published_post_id: uuid(Math.floor(random() * 5)),
    metric_name: pick(['likes', 'reposts']),
    metric_value: Math.floor(random() * 1_000),
    timestamp: new Date(monthBegins - 6 * 3_600_000 + Math.floor(random() * 12 * 3_600_000)).toISOString(),
    source: pick(['sync', 'webhook', 'csv']),
    dimensions: {},
    inserted_at: new Date(insertedAt + index).toISOString(),
  }))
  // Corrections: the same key again, later, with another value. And plain repetitions.
  const corrected = facts.slice(0, 200).map((fact, index) => ({
    ...fact,
    metric_value: fact.metric_value + 1,
    inserted_at: new Date(insertedAt + 10_000 + index).toISOString(),
  }))
  const all = [...facts, ...corrected, ...facts.slice(100, 900)]
    .map((fact) => ({ fact, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ fact }) => fact)
  for (let at = 0; at < all.length; at += 97) {
    await client.insert({
      table: 'performance_metrics',
      values: all.slice(at, at + 97),
      format: 'JSONEachRow',
    })
  }
  const expected = await rows(rawHourly)
  expect(expected.length).toBeGreaterThan(200)
  expect(await rows(rolledUp)).toEqual(expected)
  await client.command({ query: 'OPTIMIZE TABLE performance_metrics FINAL' })
  await client.command({ query: 'OPTIMIZE TABLE post_metrics_hourly FINAL' })
  expect(await rows(rawHourly)).toEqual(expected)
  expect(await rows(rolledUp)).toEqual(expected)
  expect(await rows('SELECT count() AS n FROM performance_metrics')).toEqual([{ n: '3000' }])
}, 60_000)

test('the shipped migrations can run again after a crash at their end', async () => {
  await migrateClickHouse(client, shipped)
  await client.command({ query: 'TRUNCATE TABLE schema_migrations' })
  expect((await migrateClickHouse(client, shipped)).length).toBeGreaterThan(0)
})
