import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type ConformanceTarget, openConformanceTarget } from './conformance-target.ts'
import { asLines, bucketOf, deliveries, instant, uuid } from './exactness-deliveries.ts'
import { migrateClickHouse } from './migrate.ts'

const shipped = fileURLToPath(new URL('../../../migrations/clickhouse', import.meta.url))
let target: ConformanceTarget
const rows: ConformanceTarget['rows'] = (...given) => target.rows(...given)

beforeAll(async () => {
  target = await openConformanceTarget()
  await migrateClickHouse(target.client, shipped)
})

afterAll(() => target.close())

const tables = ['performance_metrics', 'post_metrics_hourly', 'post_metrics_daily']

async function emptyTables(): Promise<void> {
  for (const table of tables) await target.client.command({ query: `TRUNCATE TABLE ${table}` })
}

beforeEach(emptyTables)

async function insert(table: string, batches: readonly (readonly object[])[]): Promise<void> {
  for (const values of batches) await target.client.insert({ table, values, format: 'JSONEachRow' })
}

const snapshot = fc
  .record({
    workspace: fc.integer({ min: 1, max: 2 }),
    post: fc.integer({ min: 1, max: 3 }),
    metric: fc.constantFrom('likes', 'views'),
    value: fc.integer({ min: 0, max: 1_000 }),
    offsetMs: fc.integer({ min: 0, max: 4 * 3_600_000 }),
    source: fc.constantFrom('sync', 'webhook', 'csv'),
  })
  .map(({ workspace, post, metric, value, offsetMs, source }) => ({
    workspace_id: uuid(workspace),
    published_post_id: uuid(post),
    social_account_id: uuid(9),
    platform: 'bluesky',
    metric_name: metric,
    metric_value: value,
    timestamp: instant(offsetMs),
    source,
    inserted_at: instant(86_400_000),
  }))

test('snapshots delivered many times, late and reordered leave the last value of each hour and day', async () => {
  const delivered = deliveries(snapshot, (fact) =>
    [fact.workspace_id, fact.published_post_id, fact.metric_name, fact.timestamp, fact.source].join(),
  )
  await fc.assert(
    fc.asyncProperty(delivered, async ({ facts, batches }) => {
      await emptyTables()
      await insert('performance_metrics', batches)
      for (const bucket of ['hour', 'day'] as const) {
        const table = bucket === 'hour' ? 'post_metrics_hourly' : 'post_metrics_daily'
        const last = new Map<string, (typeof facts)[number]>()
        for (const fact of facts) {
          const at = bucketOf(fact.timestamp, bucket)
          const group = [fact.workspace_id, fact.metric_name, fact.published_post_id, at].join('|')
          const known = last.get(group)
          if (!known || known.timestamp + known.source < fact.timestamp + fact.source) last.set(group, fact)
        }
        const expected = [...last].map(([group, { metric_value }]) => `${group}|${metric_value}`).sort()
        const query = `SELECT workspace_id, metric_name, published_post_id, toString(${bucket}) AS at,
          argMaxMerge(last_value) AS value FROM ${table} GROUP BY ALL`
        expect(asLines(await rows(query))).toEqual(expected)
        await target.client.command({ query: `OPTIMIZE TABLE ${table} FINAL` })
        expect(asLines(await rows(query))).toEqual(expected)
      }
    }),
    { numRuns: 6, seed: 9 },
  )
})

test('days from before the daily rollup was there are filled in, once, however often the migration runs', async () => {
  await insert('performance_metrics', [
    Array.from({ length: 50 }, (_, index) => ({
      workspace_id: uuid(1),
      published_post_id: uuid(1 + (index % 3)),
      social_account_id: uuid(9),
      platform: 'bluesky',
      metric_name: 'likes',
      metric_value: index,
      timestamp: instant(index * 600_000),
      source: 'sync',
    })),
  ])
  const query = `SELECT day, published_post_id, argMaxMerge(last_value) AS value FROM post_metrics_daily
    GROUP BY ALL ORDER BY ALL`
  const byView = await rows(query)
  expect(byView.length).toBeGreaterThan(3)
  await target.client.command({ query: 'TRUNCATE TABLE post_metrics_daily' })
  for (let run = 0; run < 2; run++) {
    await target.client.command({ query: 'TRUNCATE TABLE schema_migrations' })
    await migrateClickHouse(target.client, shipped)
    expect(await rows(query)).toEqual(byView)
  }
})
