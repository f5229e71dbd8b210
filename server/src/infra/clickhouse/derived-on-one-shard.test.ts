import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ClickHouseClient } from '@clickhouse/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLog } from '../log.ts'
import { readMigrations } from '../migrations.ts'
import { contentEmbeddings } from '../vectors/clickhouse-columns.ts'
import { createClickHouseVectors } from '../vectors/clickhouse-vectors.ts'
import { contentVectors } from '../vectors/vector-index.ts'
import { contentRecord, model, randomFrom, wholeVector } from '../vectors/vector-samples.ts'
import { createClickHouse } from './client.ts'
import { deriveForCluster } from './derive-for-cluster.ts'
import { type EmbeddedClickHouse, startEmbeddedClickHouse } from './embedded-clickhouse.ts'
import { migrateClickHouse } from './migrate.ts'
import { splitStatements } from './sql-tokens.ts'

/**
 * The embedded engine knows Distributed tables, here over a cluster of itself alone, but no ON CLUSTER and,
 * without a Keeper, no replicas. Without these two the derived statements run as they are.
 */
const shipped = fileURLToPath(new URL('../../../migrations/clickhouse', import.meta.url))
const log = createLog('silent')
const cluster = `<clickhouse>
  <tcp_port>9000</tcp_port>
  <remote_servers><alone><shard><internal_replication>true</internal_replication>
    <replica><host>127.0.0.1</host><port>9000</port></replica></shard></alone></remote_servers>
</clickhouse>`
let root: string
let embedded: EmbeddedClickHouse
let client: ClickHouseClient

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'clickhouse-'))
  // What stands in this directory is added to the configuration that the engine writes for itself.
  await mkdir(join(root, 'server.d'))
  await writeFile(join(root, 'server.d', 'cluster.xml'), cluster)
  embedded = await startEmbeddedClickHouse({ dataDirectory: root, log })
  client = createClickHouse(`${embedded.url}/default`, { requestTimeoutMs: 60_000, log })
})

afterAll(async () => {
  await client?.close()
  await embedded?.process.stop()
  await rm(root, { recursive: true })
})

async function rows<T>(query: string): Promise<T[]> {
  const result = await client.query({ query, format: 'JSONEachRow' })
  return result.json<T>()
}

const withoutReplicas = (derived: string) =>
  derived
    .replace(" ON CLUSTER 'alone'", '')
    .replace(/ENGINE = Replicated(\w+)\('[^']+', '[^']+'(?:, )?/, 'ENGINE = $1(')

async function runDerived(): Promise<void> {
  for (const { sql } of await readMigrations(shipped)) {
    for (const statement of splitStatements(sql)) {
      for (const derived of deriveForCluster(statement, 'alone')) {
        await client.command({ query: withoutReplicas(derived) })
      }
    }
  }
}

test('the derived tables take what is written under their old names, and roll it up where it lies', async () => {
  await runDerived()
  const [workspace, post] = [randomUUID(), randomUUID()]
  const event = {
    workspace_id: workspace,
    event_id: randomUUID(),
    event_type: 'click',
    platform: 'x',
    timestamp: new Date().toISOString(),
  }
  const metric = {
    workspace_id: workspace,
    published_post_id: post,
    social_account_id: randomUUID(),
    platform: 'x',
    metric_name: 'likes',
    metric_value: 5,
    timestamp: new Date().toISOString(),
    source: 'sync',
  }
  for (let time = 0; time < 2; time++) {
    await client.insert({ table: 'events', values: [event], format: 'JSONEachRow' })
    await client.insert({ table: 'performance_metrics', values: [metric], format: 'JSONEachRow' })
  }
  for (const table of ['events_hourly', 'events_daily']) {
    expect(
      await rows(`SELECT uniqExactMerge(events) AS n FROM ${table} WHERE workspace_id = '${workspace}'`),
    ).toEqual([{ n: '1' }])
    expect(await rows(`SELECT count() > 0 AS there FROM ${table}_local`)).toEqual([{ there: 1 }])
  }
  for (const table of ['post_metrics_hourly', 'post_metrics_daily']) {
    const query = `SELECT argMaxMerge(last_value) AS value FROM ${table} WHERE workspace_id = '${workspace}'`
    expect(await rows(query)).toEqual([{ value: 5 }])
  }
  // Again, over rows this time: the filling in of the days goes through the Distributed tables.
  await client.command({ query: 'TRUNCATE TABLE post_metrics_daily_local' })
  await runDerived()
  expect(await rows('SELECT argMaxMerge(last_value) AS value FROM post_metrics_daily')).toEqual([
    { value: 5 },
  ])
})

test('vectors are written, found, refused and deleted through the Distributed table', async () => {
  const content = createClickHouseVectors(client, contentVectors, contentEmbeddings)
  const random = randomFrom(1)
  const workspace = randomUUID()
  const records = Array.from({ length: 3 }, () => contentRecord(wholeVector(random)))
  await content.upsert(workspace, records)
  await content.upsert(workspace, records)
  const query = { model, vector: records[1]?.vector ?? [], topK: 10 }
  expect(await content.query(workspace, query)).toHaveLength(3)
  expect((await content.query(workspace, query))[0]?.key).toEqual(records[1]?.key)
  await content.delete(workspace, [contentRecord([], records[1]?.key).key])
  expect(await content.query(workspace, query)).toHaveLength(2)
  expect(await rows('SELECT count() > 0 AS there FROM content_embeddings_local')).toEqual([{ there: 1 }])
})

test('tables of a cluster are not taken for those of a single server, nor the other way round, and a single server has none', async () => {
  await expect(migrateClickHouse(client, shipped)).rejects.toThrow(/set CLICKHOUSE_CLUSTER/)
  await client.command({ query: 'CREATE DATABASE single' })
  const single = createClickHouse(`${embedded.url}/single`, { requestTimeoutMs: 60_000, log })
  await migrateClickHouse(single, shipped)
  await expect(migrateClickHouse(single, shipped, { cluster: 'alone' })).rejects.toThrow(/single server/)
  expect(await migrateClickHouse(single, shipped)).toEqual([])
  const others = `SELECT name FROM system.tables WHERE database = 'single'
    AND (name LIKE '%\\_local' OR engine = 'Distributed' OR engine LIKE 'Replicated%')`
  expect(await rows(others)).toEqual([])
  await single.close()
})

test('with a cluster the migration sends ON CLUSTER to the server', async () => {
  await client.command({ query: 'CREATE DATABASE empty' })
  const empty = createClickHouse(`${embedded.url}/empty`, { requestTimeoutMs: 60_000, log })
  // "Replicated DDL queries are disabled": the engine has understood what it is asked for, and can't.
  await expect(migrateClickHouse(empty, shipped, { cluster: 'alone' })).rejects.toMatchObject({ code: '392' })
  await empty.close()
})
