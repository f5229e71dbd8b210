/** What a day of a workspace sums up to, reckoned by hand: every column of every row. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../world.ts'
import { at, type Place, type Row, workedPlace } from './worked-place.ts'
import { agentsOf, ids, summed } from './worked-sums.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
  await world.query(`select app.ensure_partitions('2026-03-01', 1)`)
})
afterAll(() => world?.stop())

const day = '2026-03-08'
const sumDay = (place: Place) =>
  summed(
    world,
    place,
    'analytics.daily_metrics',
    `analytics.aggregate_daily_metrics('${day}', '${place.id}')`,
  )

async function livelyDay(place: Place) {
  const ada = await place.member('ada', at('2026-03-07', '23:59:59'))
  const ben = await place.member('ben', at(day))
  const cleo = await place.member('cleo', at('2026-03-09'))
  const dan = await place.member('dan', at('2026-01-01'))
  const eve = await place.member('eve', at('2026-01-01'))
  await place.leave(dan)
  const acted = (user_id: string, time: string, row: Row): Row => ({
    user_id,
    created_at: at(day, time),
    ...row,
  })
  const [long, glance, signIn, twice] = ids(4)
  await place.insert('analytics.user_activity', [
    acted(ada, '00:00', { event_type: 'page_view', session_id: long }),
    acted(ada, '00:10', { event_type: 'feature_use', session_id: long }),
    acted(ada, '12:00', { event_type: 'page_view', session_id: glance }),
    acted(ben, '13:00', { event_type: 'login', session_id: signIn }),
    acted(dan, '23:58:59', { event_type: 'page_view', session_id: twice }),
    acted(dan, '23:59:59', { event_type: 'page_view', session_id: twice }),
    acted(ada, '14:00', { event_type: 'export' }),
    {
      user_id: eve,
      event_type: 'page_view',
      session_id: randomUUID(),
      created_at: at('2026-03-07', '23:59:59'),
    },
    { user_id: cleo, event_type: 'page_view', session_id: randomUUID(), created_at: at('2026-03-09') },
  ])
  const agents = await agentsOf(place, 6)
  const run = (agent: number, row: Row): Row => ({
    agent_id: agents[agent],
    started_at: at(day, '08:00'),
    ...row,
  })
  await place.insert('agent_runs', [
    run(0, { user_id: ada, status: 'completed', runtime_seconds: 1, credits_consumed: 1, model: 'small' }),
    run(0, { user_id: ada, status: 'completed', runtime_seconds: 2, credits_consumed: 2, model: 'small' }),
    run(0, { user_id: ben, status: 'completed', runtime_seconds: 3, credits_consumed: 3, model: 'big' }),
    run(1, {
      user_id: ben,
      status: 'failed',
      runtime_seconds: 4,
      credits_consumed: 4,
      error_type: 'timeout',
    }),
    run(2, { status: 'failed', runtime_seconds: 100, model: 'free' }),
    run(3, { user_id: ada, status: 'cancelled' }),
    run(4, { status: 'completed', credits_consumed: 0 }),
    run(0, { status: 'running' }),
    run(0, { status: 'running' }),
    run(5, { status: 'running' }),
    run(5, { user_id: eve, status: 'completed', runtime_seconds: 9000, started_at: at('2026-03-09') }),
  ])
  const tops = [5, 1, 1, 1, 1].map((runs, index) => ({ agentId: agents[index], runs }))
  return { ada, tops }
}

test('a day of a workspace has the people, sessions and runs that lay within it', async () => {
  const place = await workedPlace(world)
  const { ada, tops } = await livelyDay(place)
  const expected = {
    metric_date: day,
    // Ada, Ben and Eve; Cleo came later, and Dan has left, who acted on that day.
    total_users: 3,
    active_users: 3,
    new_users: 1,
    returning_users: 2,
    // Of 600, 0, 0 and 60 seconds; one of them a single page view.
    total_sessions: 4,
    avg_session_duration_seconds: 165,
    bounce_rate: 25,
    total_runs: 10,
    successful_runs: 4,
    failed_runs: 2,
    cancelled_runs: 1,
    // Of 1, 2, 3, 4 and 100 seconds.
    avg_runtime_seconds: 22,
    median_runtime_seconds: 3,
    p95_runtime_seconds: 80.8,
    p99_runtime_seconds: 96.16,
    total_credits_consumed: 10,
    avg_credits_per_run: 2,
    credits_by_model: { small: 3, big: 3, unknown: 4 },
    unique_agents_run: 6,
    top_agents: tops,
    total_errors: 2,
    error_rate: 33.3333,
    errors_by_type: { timeout: 1, unknown: 1 },
  }
  expect(await sumDay(place)).toEqual({ count: 1, rows: [expected] })
  // Who leaves takes nothing along of what they did.
  await place.leave(ada)
  expect(await sumDay(place)).toEqual({ count: 1, rows: [{ ...expected, total_users: 2 }] })
})

test('a day in which nothing was has zeros where something is counted, and nulls where nothing can be', async () => {
  const place = await workedPlace(world)
  const untold = { avg_runtime_seconds: null, median_runtime_seconds: null, p95_runtime_seconds: null }
  const expected = {
    metric_date: day,
    total_users: 0,
    active_users: 0,
    new_users: 0,
    returning_users: 0,
    total_sessions: 0,
    avg_session_duration_seconds: null,
    bounce_rate: null,
    total_runs: 0,
    successful_runs: 0,
    failed_runs: 0,
    cancelled_runs: 0,
    ...untold,
    p99_runtime_seconds: null,
    total_credits_consumed: 0,
    avg_credits_per_run: null,
    credits_by_model: {},
    unique_agents_run: 0,
    top_agents: [],
    total_errors: 0,
    error_rate: null,
    errors_by_type: {},
  }
  expect(await sumDay(place)).toEqual({ count: 1, rows: [expected] })
})

test('a day counts whom the view of active people counts', async () => {
  const place = await workedPlace(world)
  const [stays, leaves] = [await place.member('stays'), await place.member('leaves')]
  const acted = { event_type: 'login', created_at: at(place.today) }
  await place.insert('analytics.user_activity', [
    { user_id: stays, ...acted },
    { user_id: leaves, ...acted },
  ])
  await place.leave(leaves)
  await world.query('select analytics.refresh_all_materialized_views()')
  const call = `analytics.aggregate_daily_metrics('${place.today}', '${place.id}')`
  const { rows } = await summed(world, place, 'analytics.daily_metrics', call)
  const [latest] = await place.rows('analytics.mv_active_users', 'activity_date desc')
  expect(latest).toMatchObject({ activity_date: place.today, daily_active_users: 2 })
  expect(rows).toMatchObject([{ active_users: 2 }])
})
