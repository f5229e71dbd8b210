/** Views and materialized views: what they compute, and for whom. */
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Tx } from '../../src/infra/postgres/doors.ts'
import { type Matrix, openMatrix } from '../security/matrix-visits.ts'

let matrix: Matrix
beforeAll(async () => {
  matrix = await openMatrix()
})
afterAll(() => matrix.close())

const doors = () => matrix.world.app.services.doors
const rowsOf =
  <Row>(statement: string) =>
  async (tx: Tx) =>
    (await sql.raw<Row>(statement).execute(tx)).rows
const as = <Row>(userId: string, workspaceId: string, statement: string) =>
  doors().withActor({ userId }, workspaceId, rowsOf<Row>(statement))
const dispatch = <Row>(statement: string) => doors().withDispatch(rowsOf<Row>(statement))
const job = <Row>(statement: string) => doors().withWorkspace(matrix.mine.id, rowsOf<Row>(statement))

test('every refresh is timed and logged, and one that fails holds back no other', async () => {
  const all = await dispatch<{ view_name: string; error_message: string | null }>(
    'select * from analytics.refresh_all_materialized_views()',
  )
  expect(all.map(({ view_name }) => view_name)).toEqual([
    'analytics_aggregated_daily',
    'analytics_aggregated_weekly',
    'mv_active_users',
    'mv_top_agents',
    'mv_workspace_summary',
    'platform_performance_summary',
  ])
  expect(all.filter(({ error_message }) => error_message !== null)).toEqual([])
  const broken = await matrix.world.query<{ view_name: string; error_message: string | null }>(
    `select view_name, error_message from app.refresh_views('{mv_top_agents,no_such_view,mv_workspace_summary}')`,
  )
  expect(broken.map(({ error_message }) => error_message === null)).toEqual([true, false, true])
  const logged = await dispatch<{ view_name: string; duration_ms: number }>(
    'select view_name, duration_ms from analytics.refresh_log',
  )
  expect(logged).toHaveLength(all.length + broken.length)
  expect(logged.every(({ duration_ms }) => duration_ms >= 0)).toBe(true)
})

test('the views over materialized ones show each member their own workspace, and strangers nothing', async () => {
  const { mine, theirs } = matrix
  await dispatch('select analytics.refresh_all_materialized_views()')
  const seen = `select workspace_id from analytics.workspace_summary`
  const own = [{ workspace_id: mine.id }]
  expect(await as(mine.people.viewer, mine.id, seen)).toEqual(own)
  expect(await as(matrix.memberOfBoth, mine.id, seen)).toEqual(own)
  expect(await job(seen)).toEqual(own)
  expect(await as(mine.people.viewer, theirs.id, seen)).toEqual([])
  expect(await as(mine.people.artist, mine.id, seen)).toEqual([])
  expect(await as(matrix.memberless, mine.id, seen)).toEqual([])
  await expect(as(mine.people.owner, mine.id, 'select from analytics.mv_workspace_summary')).rejects.toThrow(
    'permission denied',
  )
  await expect(dispatch('select from analytics.mv_workspace_summary')).rejects.toThrow('permission denied')
  // A condition that fails on a foreign row would tell that there is one: the barrier keeps it from being asked.
  const peek = `${seen} where 1 / (workspace_id <> '${theirs.id}')::int > 0`
  expect(await as(mine.people.viewer, mine.id, peek)).toEqual(own)
})

test('daily, weekly and monthly actives are what counting each window by itself gives', async () => {
  const { mine, world } = matrix
  const people = Object.values(mine.people)
  let seed = 7
  const random = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return seed / 2_147_483_648
  }
  const activity = Array.from({ length: 160 }, () => ({
    person: people[Math.floor(random() * people.length)],
    hoursAgo: Math.floor(random() ** 2 * 88 * 24),
  }))
  await world.query(
    `insert into analytics.user_activity (workspace_id, user_id, event_type, created_at)
     select $1, person::uuid, 'page_view', now() - make_interval(hours => hours_ago)
     from unnest($2::text[], $3::int[]) as a (person, hours_ago)`,
    [mine.id, activity.map(({ person }) => person), activity.map(({ hoursAgo }) => hoursAgo)],
  )
  await world.query(`update workspaces set time_zone = 'Pacific/Auckland' where id = $1`, [mine.id])
  await dispatch('select analytics.refresh_all_materialized_views()')
  const rows = await world.query<Record<string, unknown>>(
    `with seen as (
       select user_id, (created_at at time zone 'Pacific/Auckland')::date as day from analytics.user_activity where workspace_id = $1
       union select user_id, (started_at at time zone 'Pacific/Auckland')::date from agent_runs where workspace_id = $1)
     select v.activity_date::text, (now() at time zone 'Pacific/Auckland')::date - v.activity_date as age,
       v.daily_active_users::int - (select count(distinct user_id)::int from seen where day = activity_date) as daily,
       v.weekly_active_users::int - (select count(distinct user_id)::int from seen
         where day between activity_date - 6 and activity_date) as weekly,
       v.monthly_active_users::int - (select count(distinct user_id)::int from seen
         where day between activity_date - 29 and activity_date) as monthly
     from analytics.mv_active_users v where workspace_id = $1`,
    [mine.id],
  )
  expect(rows).toHaveLength(90)
  // Of 90 days all are told, and a trailing window only where all of it lies within them.
  expect(
    rows.filter(
      ({ age, daily, weekly, monthly }) =>
        daily !== 0 ||
        weekly !== (Number(age) <= 83 ? 0 : null) ||
        monthly !== (Number(age) <= 60 ? 0 : null),
    ),
  ).toEqual([])
  const [{ spread } = { spread: 0 }] = await world.query<{ spread: number }>(
    `select count(distinct (daily_active_users, weekly_active_users, monthly_active_users))::int as spread
     from analytics.mv_active_users where workspace_id = $1`,
    [mine.id],
  )
  expect(spread).toBeGreaterThan(10)
})

test('what was counted of active people stays when the activity of that time has left', async () => {
  const { mine, world } = matrix
  await world.query(
    `insert into analytics.user_activity (workspace_id, user_id, event_type, created_at)
     select $1, $2, 'page_view', now() - make_interval(days => n) from generate_series(80, 125) n`,
    [mine.id, mine.people.viewer],
  )
  const counted = async () => {
    await dispatch('select analytics.refresh_all_materialized_views()')
    return world.query(
      'select * from analytics.mv_active_users where workspace_id = $1 order by activity_date',
      [mine.id],
    )
  }
  const before = await counted()
  const expired = await dispatch<{ partition_name: string }>(
    `select partition_name from app.expired_partitions() where table_name = 'analytics.user_activity'`,
  )
  expect(expired.length).toBeGreaterThan(0)
  for (const { partition_name } of expired)
    await dispatch(`select app.detach_expired_partition('${partition_name}')`)
  expect(await counted()).toEqual(before)
})

test('nothing told is no rate of zero, and the weeks of a year begin with a whole one', async () => {
  const { mine, world } = matrix
  await world.query(
    `insert into post_snapshots (workspace_id, published_post_id, captured_at, source, reach, likes)
     values ($1, $2, now() - interval '2 minutes', 'api', 100, null), ($1, $2, now() - interval '1 minute', 'api', 100, 0)`,
    [mine.id, mine.publishedPostId],
  )
  expect(
    await world.query(
      `select engagement_rate::float as rate from content_performance
       where workspace_id = $1 and published_post_id = $2 and reach = 100 order by recorded_at`,
      [mine.id, mine.publishedPostId],
    ),
  ).toEqual([{ rate: null }, { rate: 0 }])
  await world.query(
    `insert into post_deltas (workspace_id, published_post_id, period, from_at, to_at, reach_delta)
     select $1, $2, 'daily', d, d + interval '1 day', 10
     from generate_series(date_trunc('day', now() - interval '1 year', 'Pacific/Auckland') - interval '8 days',
       now() - interval '340 days', interval '1 day') d`,
    [mine.id, mine.publishedPostId],
  )
  await dispatch('select analytics.refresh_all_materialized_views()')
  const [first] = await world.query<{ reach: number; rate: number | null; weekday: number }>(
    `select reach::int, engagement_rate::float as rate, extract(isodow from week_start)::int as weekday
     from analytics.analytics_aggregated_weekly where workspace_id = $1 order by week_start limit 1`,
    [mine.id],
  )
  expect(first).toEqual({ reach: 70, rate: null, weekday: 1 })
})

test('an agent that never ran is there, and members do not multiply the credits', async () => {
  const { theirs, world } = matrix
  await world.query(
    `insert into agent_runs (workspace_id, agent_id, status, started_at, credits_consumed, runtime_seconds)
     select $1, $2, 'completed', now() - interval '1 day', 2, n from generate_series(1, 3) n`,
    [theirs.id, theirs.modelIds.agents],
  )
  await world.query(`insert into agents (workspace_id, name) values ($1, 'idle')`, [theirs.id])
  await dispatch('select analytics.refresh_all_materialized_views()')
  expect(
    await world.query(
      `select agent_name, total_runs_30d::int as runs, success_rate::float, median_runtime from analytics.mv_top_agents
       where workspace_id = $1 and (agent_name = 'idle' or total_runs_30d > 0) order by 1`,
      [theirs.id],
    ),
  ).toEqual([
    { agent_name: 'agents', runs: 3, success_rate: 100, median_runtime: 2 },
    { agent_name: 'idle', runs: 0, success_rate: null, median_runtime: null },
  ])
  expect(
    await world.query(
      `select total_members > 1 as members, total_agents::int as agents, total_credits_30d::int as credits
       from analytics.mv_workspace_summary where workspace_id = $1`,
      [theirs.id],
    ),
  ).toEqual([{ members: true, agents: 2, credits: 6 }])
})
