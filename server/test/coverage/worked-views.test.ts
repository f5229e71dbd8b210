/** What each view makes of a few rows, reckoned by hand: every column of every row. */
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../world.ts'
import { workedAudience } from './worked-audience.ts'
import { workedPeople } from './worked-people.ts'
import { workedPerformance } from './worked-performance.ts'
import { at, daysBefore, workedPlace } from './worked-place.ts'
import { workedRates } from './worked-rates.ts'

const worked = [...workedRates, ...workedPerformance, ...workedAudience, ...workedPeople]
/** Hand out what a role of its own has computed, to whoever may see it. */
const handedOut: readonly (readonly [string, string])[] = [
  ['analytics.active_users', 'analytics.mv_active_users'],
  ['analytics.top_agents', 'analytics.mv_top_agents'],
  ['analytics.workspace_summary', 'analytics.mv_workspace_summary'],
  ['analytics.daily_performance', 'analytics.analytics_aggregated_daily'],
  ['analytics.weekly_performance', 'analytics.analytics_aggregated_weekly'],
  ['analytics.platform_performance', 'analytics.platform_performance_summary'],
]

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world?.stop())

const refresh = () => world.query('select analytics.refresh_all_materialized_views()')

test.each(worked)('$view: $guarantee', async ({ view, order, work }) => {
  const place = await workedPlace(world)
  const expected = await work(place)
  await refresh()
  expect(await place.rows(view, order)).toEqual(expected)
})

test.each(handedOut)('%s is %s of the workspace, column by column', async (view, computed) => {
  const place = await workedPlace(world)
  for (const { work } of worked.filter((one) => one.view === computed)) await work(place)
  await refresh()
  const person = await place.member('viewer')
  const kept = await world.query(
    `select to_jsonb(r) as row from ${computed} r where workspace_id = $1 order by 1`,
    [place.id],
  )
  expect(kept.length).toBeGreaterThan(0)
  const seen = await world.app.services.doors.withActor({ userId: person }, place.id, (tx) =>
    sql`select to_jsonb(r) as row from ${sql.raw(view)} r order by 1`.execute(tx),
  )
  expect(seen.rows).toEqual(kept)
})

test('the views of posts are refreshed by themselves, and the others left as they were', async () => {
  const place = await workedPlace(world)
  await refresh()
  const published_post_id = await place.post()
  await place.insert('post_deltas', [
    {
      published_post_id,
      period: 'daily',
      from_at: at(daysBefore(place.today, 1)),
      to_at: at(place.today),
      views_delta: 5,
    },
  ])
  await place.insert('agents', [{ name: 'new' }])
  const logged = () => world.query('select view_name from analytics.refresh_log order by started_at')
  const before = await logged()
  const { rows } = await world.app.services.doors.withDispatch((tx) =>
    sql<{ view_name: string; duration_ms: number; error_message: string | null }>`
      select * from analytics.refresh_analytics_materialized_views()`.execute(tx),
  )
  const ofPosts = [
    'analytics_aggregated_daily',
    'analytics_aggregated_weekly',
    'platform_performance_summary',
  ]
  expect(rows.map(({ view_name, error_message }) => [view_name, error_message])).toEqual(
    ofPosts.map((name) => [name, null]),
  )
  expect(rows.every(({ duration_ms }) => duration_ms >= 0)).toBe(true)
  expect((await logged()).slice(before.length)).toEqual(ofPosts.map((view_name) => ({ view_name })))
  expect(await place.rows('analytics.analytics_aggregated_daily', '1')).toMatchObject([{ views: 5 }])
  expect(await place.rows('analytics.analytics_aggregated_weekly', '1')).toMatchObject([{ views: 5 }])
  expect(await place.rows('analytics.platform_performance_summary', '1')).toMatchObject([{ posts: 1 }])
  expect(await place.rows('analytics.mv_top_agents', '1')).toEqual([])
  expect(await place.rows('analytics.mv_workspace_summary', '1')).toMatchObject([{ total_agents: 0 }])
})

test('every view and every materialized view is worked out here', async () => {
  const views = await world.query<{ name: string }>(
    `select format('%s.%s', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('v', 'm') and n.nspname in ('public', 'app', 'auth', 'analytics', 'ml_data') order by 1`,
  )
  const named = new Set([...worked.map(({ view }) => view), ...handedOut.map(([view]) => view)])
  expect(views.map(({ name }) => name)).toEqual([...named].sort())
})
