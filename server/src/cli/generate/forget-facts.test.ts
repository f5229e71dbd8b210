import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ClickHouseClient } from '@clickhouse/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClickHouse } from '../../infra/clickhouse/client.ts'
import { deriveForCluster } from '../../infra/clickhouse/derive-for-cluster.ts'
import {
  type EmbeddedClickHouse,
  startEmbeddedClickHouse,
} from '../../infra/clickhouse/embedded-clickhouse.ts'
import { migrateClickHouse } from '../../infra/clickhouse/migrate.ts'
import { splitStatements } from '../../infra/clickhouse/sql-tokens.ts'
import { createLog } from '../../infra/log.ts'
import { readMigrations } from '../../infra/migrations.ts'
import { deletionFrom, forgetFacts, listFactTables } from './forget-facts.ts'

/**
 * The embedded engine knows Distributed tables, here over a cluster of itself alone, but no ON CLUSTER and no
 * replicas: without these two the statements for a cluster run as they are.
 */
const shipped = fileURLToPath(new URL('../../../migrations/clickhouse', import.meta.url))
const log = createLog('silent')
const alone = `<clickhouse>
  <tcp_port>9000</tcp_port>
  <remote_servers><alone><shard><internal_replication>true</internal_replication>
    <replica><host>127.0.0.1</host><port>9000</port></replica></shard></alone></remote_servers>
</clickhouse>`
const onCluster = " ON CLUSTER 'alone'"
let root: string
let embedded: EmbeddedClickHouse
let single: ClickHouseClient
let cluster: ClickHouseClient

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'clickhouse-'))
  await mkdir(join(root, 'server.d'))
  await writeFile(join(root, 'server.d', 'cluster.xml'), alone)
  embedded = await startEmbeddedClickHouse({ dataDirectory: root, log })
  const open = (path: string) =>
    createClickHouse(`${embedded.url}/${path}`, { requestTimeoutMs: 60_000, log })
  cluster = open('default')
  await cluster.command({ query: 'CREATE DATABASE single' })
  single = open('single')
  await migrateClickHouse(single, shipped)
  for (const { sql } of await readMigrations(shipped)) {
    for (const statement of splitStatements(sql)) {
      for (const query of deriveForCluster(statement, 'alone')) await cluster.command({ query: plain(query) })
    }
  }
}, 60_000)
afterAll(async () => {
  await Promise.all([single?.close(), cluster?.close()])
  await embedded?.process.stop()
  await rm(root, { recursive: true })
})

const plain = (query: string) =>
  query.replace(onCluster, '').replace(/ENGINE = Replicated(\w+)\('[^']+', '[^']+'(?:, )?/, 'ENGINE = $1(')

const tables = [
  'content_embeddings',
  'events',
  'events_daily',
  'events_hourly',
  'performance_metrics',
  'post_metrics_daily',
  'post_metrics_hourly',
  'user_preference_embeddings',
]

/** Of two months at least, and so in two parts or more. */
const ages = [0, 20, 40].map((days) => days * 86_400_000)

/** Their rows lie beside each other in the same parts. */
async function insert(client: ClickHouseClient, workspaceIds: readonly string[]): Promise<void> {
  const add = async (table: string, rowsOf: (workspaceId: string) => readonly object[]) => {
    const values = workspaceIds.flatMap((id) => rowsOf(id).map((row) => ({ workspace_id: id, ...row })))
    await client.insert({ table, values, format: 'JSONEachRow' })
  }
  const instants = ages.map((age) => new Date(Date.now() - age).toISOString())
  const [now] = instants
  const vector = { model: 'm', embedding: Array(1536).fill(0.5) }
  await add('performance_metrics', () =>
    instants.map((timestamp, index) => ({
      published_post_id: randomUUID(),
      social_account_id: randomUUID(),
      platform: 'x',
      metric_name: 'likes',
      metric_value: index,
      timestamp,
      source: 'api',
    })),
  )
  await add('events', () =>
    instants.map((timestamp) => ({ event_id: randomUUID(), event_type: 'click', platform: 'x', timestamp })),
  )
  await add('content_embeddings', () => [
    { ...vector, content_id: randomUUID(), user_id: randomUUID(), created_at: now },
  ])
  await add('user_preference_embeddings', () => [
    { ...vector, user_id: randomUUID(), preference_type: 'style', updated_at: now },
  ])
}

async function countsOf(client: ClickHouseClient, workspaceId: string): Promise<number[]> {
  return Promise.all(
    tables.map(async (table) => {
      const answer = await client.query({
        query: `SELECT count() AS n FROM ${table} FINAL WHERE workspace_id = {workspaceId: UUID}`,
        query_params: { workspaceId },
        format: 'JSONEachRow',
      })
      return Number((await answer.json<{ n: string }>())[0]?.n)
    }),
  )
}

/** Sends to the engine what it understands of a statement for a cluster. */
function withoutOnCluster(client: ClickHouseClient, sent: string[]): ClickHouseClient {
  const command: ClickHouseClient['command'] = (parameters) => {
    sent.push(parameters.query)
    return client.command({ ...parameters, query: parameters.query.replace(onCluster, '') })
  }
  return Object.assign(Object.create(client) as ClickHouseClient, { command })
}

test.each(['of one server', 'of a cluster'])(
  'the facts of the named workspaces go from all tables %s, and no others',
  async (where) => {
    const isCluster = where === 'of a cluster'
    const client = isCluster ? cluster : single
    const sent: string[] = []
    const store = isCluster
      ? { clickhouse: withoutOnCluster(client, sent), cluster: 'alone' }
      : { clickhouse: client, cluster: undefined }
    expect(await listFactTables(store)).toEqual(tables)
    const [one, other, stays] = [randomUUID(), randomUUID(), randomUUID()]
    await insert(client, [one, other, stays])
    const before = await countsOf(client, stays)
    expect(before.every((count) => count > 0)).toBe(true)

    expect(await forgetFacts(store, [one, other])).toBe(2 * ages.length)
    expect(await countsOf(client, one)).toEqual(tables.map(() => 0))
    expect(await countsOf(client, other)).toEqual(tables.map(() => 0))
    expect(await countsOf(client, stays)).toEqual(before)
    expect(await forgetFacts(store, [one, other])).toBe(0)
    expect(sent.every((query) => query.includes(`_local${onCluster} `))).toBe(true)
    expect(sent).toHaveLength(isCluster ? 2 * tables.length : 0)
  },
)

test('the deletion on a cluster is one that the engine reads', async () => {
  const answer = await single.query({
    query: 'SELECT formatQuerySingleLine({statement: String}) AS read',
    query_params: { statement: deletionFrom('events', '{cluster}') },
    format: 'JSONEachRow',
  })
  const [row] = await answer.json<{ read: string }>()
  expect(row?.read).toBe(
    'DELETE FROM events_local ON CLUSTER `{cluster}` WHERE workspace_id IN ({workspaceIds:Array(UUID)})',
  )
})
