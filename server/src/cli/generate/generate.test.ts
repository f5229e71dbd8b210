import { createClient } from '@clickhouse/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../../../test/world.ts'
import { appLogin } from '../../engines.ts'
import { type GenerateInput, generate } from './generate.ts'
import type { Progress } from './write-workspace.ts'

const input: GenerateInput = {
  workspaces: 2,
  posts: 100,
  days: 50,
  seed: 7,
  until: new Date('2026-04-20T10:00:00Z'),
}

let world: World
let other: World
beforeAll(async () => {
  ;[world, other] = await Promise.all([createWorld(), createWorld()])
  await Promise.all([generate(targetOf(world), input), generate(targetOf(other), input)])
}, 120_000)
afterAll(() => Promise.all([world.stop(), other.stop()]))

const targetOf = (place: World) => ({ login: appLogin(place), clickhouseUrl: place.clickhouseUrl })

const productTables = `
  select format('%I.%I', n.nspname, c.relname) as name, format('%s.%s', n.nspname, c.relname) as plain
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ('public', 'analytics', 'ml_data', 'app') and c.relkind in ('r', 'p') and not c.relispartition
  order by 1`

/** Tables that the generator leaves as they are, each with its reason. */
const notGenerated: Readonly<Record<string, string>> = {
  'public.outbox': 'facts on their way to ClickHouse; the generator brings them there itself',
  'public.user_verifications': 'links that live for an hour and open an account',
  'app.cache_counts': 'counters of the present hour',
  'app.maintenance_duties': 'what the maintenance of this installation did',
  'app.maintenance_runs': 'what the maintenance of this installation did',
  'app.partition_archives': 'partitions that have left their tables',
}

test('every table that carries product data is filled, or left out for a written reason', async () => {
  const tables = await world.query<{ name: string; plain: string }>(productTables)
  const empty = []
  for (const { name, plain } of tables) {
    const [found] = await world.query<{ filled: boolean }>(`select exists (select from ${name}) as filled`)
    if (!found?.filled) empty.push(plain)
  }
  expect(empty.filter((name) => !(name in notGenerated))).toEqual([])
  expect(tables.map(({ plain }) => plain)).toEqual(expect.arrayContaining(Object.keys(notGenerated)))
})

/** What the database itself stamps: keys of what its own functions compute, and the instant of the writing. */
const stamped: Readonly<Record<string, readonly string[]>> = {
  'public.audit_log': ['id', 'occurred_at'],
  'analytics.hourly_metrics': ['id', 'created_at', 'updated_at'],
  'analytics.daily_metrics': ['id', 'created_at', 'updated_at'],
  'analytics.agent_performance': ['id', 'created_at', 'updated_at'],
  'analytics.refresh_log': ['id', 'started_at', 'duration_ms'],
  'app.installation': ['key_id'],
  'app.schema_migrations': ['applied_at'],
  ...Object.fromEntries(
    ['workspace_invitations', 'api_keys', 'csv_imports', 'publication_attempts', 'sync_logs', 'agent_runs']
      .concat('webhook_events', 'report_executions')
      .map((table) => [`public.${table}`, ['updated_at']]),
  ),
  ...Object.fromEntries(
    ['optimal_posting_times', 'engagement_by_time', 'audience_demographics', 'audience_interests']
      .concat('audience_growth', 'competitor_metrics', 'benchmark_comparisons')
      .map((table) => [`analytics.${table}`, ['updated_at']]),
  ),
  'ml_data.prediction_accuracy': ['updated_at'],
}

async function checksums(place: World): Promise<Record<string, string>> {
  const sums: Record<string, string> = {}
  for (const { name, plain } of await place.query<{ name: string; plain: string }>(productTables)) {
    const [row] = await place.query<{ sum: string }>(
      `select count(*) || ' ' || coalesce(md5(string_agg(line, '|' order by line)), '') as sum
       from (select (to_jsonb(t) - $1::text[])::text as line from ${name} t) lines`,
      [stamped[plain] ?? []],
    )
    sums[plain] = row?.sum ?? ''
  }
  const client = createClient({ url: place.clickhouseUrl })
  const generated = ['performance_metrics', 'events', 'content_embeddings', 'user_preference_embeddings']
  for (const table of generated) {
    const columns = table === 'performance_metrics' || table === 'events' ? '* EXCEPT inserted_at' : '*'
    const answer = await client.query({
      query: `SELECT count() AS rows, groupBitXor(cityHash64(${columns})) AS hash FROM ${table} FINAL`,
      format: 'JSONEachRow',
    })
    sums[table] = JSON.stringify(await answer.json())
  }
  await client.close()
  return sums
}

test('the same seed gives the same data, to the letter, in every table of both engines', async () => {
  const sums = await checksums(world)
  expect(sums).toEqual(await checksums(other))
  expect(Object.keys(sums)).toEqual(expect.arrayContaining(['public.post_snapshots', 'performance_metrics']))
  expect(Object.values(sums).filter((sum) => sum.includes('"rows":"0"'))).toEqual([])
})

test('computing the deltas anew from the snapshots changes nothing', async () => {
  const sum = async () => {
    const rows = await world.query<{ count: string; sum: string }>(
      `select count(*), md5(string_agg((to_jsonb(d) - '{id,computed_at}'::text[])::text, '|'
         order by workspace_id, published_post_id, period, from_at)) as sum from post_deltas d`,
    )
    return rows[0]
  }
  // Right after a load the planner knows nothing of the tables yet.
  await world.query('analyze')
  const before = await sum()
  const workspaces = await world.query<{ id: string }>('select id from workspaces')
  for (const { id } of workspaces) {
    for (const period of ['daily', 'weekly', 'monthly', 'quarterly']) {
      await world.query('select app.rebuild_post_deltas($1, $2, $3)', [
        id,
        period,
        new Date('2026-01-01T00:00:00Z'),
      ])
    }
  }
  expect(Number(before?.count)).toBeGreaterThan(1_000)
  expect(await sum()).toEqual(before)
})

test('published posts are as many as were asked for, each with its fact for every counter it told', async () => {
  const [posts] = await world.query<{ count: string }>('select count(*) from published_posts')
  expect(Number(posts?.count)).toBe(input.posts)
  const [told] = await world.query<{ count: string }>(
    `select sum(num_nonnulls(likes, comments, shares, quotes, views, impressions, reach, clicks, saves)) as count
     from post_snapshots`,
  )
  const client = createClient({ url: world.clickhouseUrl })
  const answer = await client.query({
    query:
      'SELECT uniqExact(workspace_id, metric_name, published_post_id, timestamp, source) AS count FROM performance_metrics',
    format: 'JSONEachRow',
  })
  expect(await answer.json()).toEqual([{ count: told?.count }])
  await client.close()
})

test('life is uneven: posts are removed, counted again, left without a counter, and a few do far better', async () => {
  const [facts] = await world.query<Record<string, string>>(`
    select count(*) filter (where removed_at is not null) as removed,
      (select count(*) from post_deltas where least(likes_delta, views_delta, impressions_delta) < 0) as recounts,
      (select count(*) from post_snapshots where source = 'api' and likes is null) as gaps,
      (select max(likes) / percentile_cont(0.5) within group (order by likes) from post_snapshots) as spread
    from published_posts`)
  expect(Number(facts?.removed)).toBeGreaterThan(0)
  expect(Number(facts?.recounts)).toBeGreaterThan(0)
  expect(Number(facts?.gaps)).toBeGreaterThan(0)
  expect(Number(facts?.spread)).toBeGreaterThan(10)
})

test('posts go out by day in the workspace’s own zone, on both sides of a change of the clocks', async () => {
  const rows = await world.query<{ early: string; hours: string }>(
    `select count(*) filter (where hour < 7 or hour > 22) as early, count(distinct hour) as hours from (
       select extract(hour from p.published_at at time zone w.time_zone) as hour
       from published_posts p join workspaces w on w.id = p.workspace_id) local`,
  )
  expect(rows[0]?.early).toBe('0')
  expect(Number(rows[0]?.hours)).toBeGreaterThan(6)
})

test('a seed makes a workspace once, whatever its size; another seed adds', async () => {
  const again = await generate(targetOf(other), { ...input, posts: 999, days: 10 })
  expect(again).toMatchObject({ workspaces: [], present: 2, rows: 0 })
  const more = await generate(targetOf(other), { ...input, workspaces: 1, posts: 12, days: 20, seed: 8 })
  expect(more.workspaces).toHaveLength(1)
  expect(await other.query('select from workspaces')).toHaveLength(3)
})

test.each([
  {
    end: 'is stopped',
    posts: 5_000,
    // Rows have been sent by then; nobody waits for the rest of so many posts.
    cutOff: ({ snapshots }: Progress, stop: AbortController) => snapshots > 10_000 && stop.abort(),
    reason: 'aborted',
  },
  {
    end: 'fails at its end, when both engines hold everything,',
    posts: 10,
    cutOff: ({ phase, facts }: Progress) => {
      if (facts && phase.endsWith('days and hours')) throw new Error('the disk is full')
    },
    reason: 'the disk is full',
  },
])(
  'a run that $end leaves nothing of the workspace that was being written',
  async ({ posts, cutOff, reason }) => {
    const stop = new AbortController()
    const snapshots = () => other.query<{ count: string }>('select count(*) from post_snapshots')
    const before = await snapshots()
    const run = generate(
      targetOf(other),
      { ...input, workspaces: 1, posts, seed: 9 },
      { signal: stop.signal, onProgress: (progress) => cutOff(progress, stop) },
    )
    await expect(run).rejects.toThrow(reason)
    expect(await other.query('select from workspaces')).toHaveLength(3)
    expect(await snapshots()).toEqual(before)
    const known = (await other.query<{ id: string }>('select id from workspaces')).map(({ id }) => id)
    const client = createClient({ url: other.clickhouseUrl })
    for (const table of ['performance_metrics', 'post_metrics_hourly', 'events']) {
      const answer = await client.query({
        query: `SELECT DISTINCT workspace_id AS id FROM ${table}`,
        format: 'JSONEachRow',
      })
      const found = (await answer.json<{ id: string }>()).map(({ id }) => id)
      expect(found.filter((id) => !known.includes(id))).toEqual([])
    }
    await client.close()
  },
  60_000,
)
