/** What agents and hours sum up to, reckoned by hand: every column of every row. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../world.ts'
import { at, type Row, workedPlace } from './worked-place.ts'
import { agentsOf, ids, summed } from './worked-sums.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
  await world.query(`select app.ensure_partitions('2026-03-01', 1)`)
})
afterAll(() => world?.stop())

const day = '2026-03-08'
test('a day of an agent has its runs, what went wrong, and what people thought of them', async () => {
  const place = await workedPlace(world)
  const [ada, ben] = [await place.member('ada'), await place.member('ben')]
  const [busy, quiet, idle] = await agentsOf(place, 3)
  const runIds = ids(12)
  const run = (number: number, row: Row): Row => ({
    id: runIds[number],
    agent_id: busy,
    started_at: at(day, '08:00'),
    ...row,
  })
  const failed = (number: number, error_message: string | null, row: Row = {}) =>
    run(number, { status: 'failed', error_type: 'timeout', error_message, ...row })
  await place.insert('agent_runs', [
    run(0, { user_id: ada, status: 'completed', runtime_seconds: 1, credits_consumed: 1, tokens_used: 10 }),
    run(1, { user_id: ben, status: 'completed', runtime_seconds: 2, credits_consumed: 5, tokens_used: 40 }),
    run(2, { user_id: ada, status: 'cancelled', runtime_seconds: 3 }),
    failed(3, 'e', { runtime_seconds: 4 }),
    failed(4, 'e', { runtime_seconds: 100 }),
    failed(5, 'd'),
    failed(6, 'c'),
    failed(7, 'b'),
    failed(8, 'a'),
    failed(9, 'f', { error_type: null }),
    failed(10, null),
    run(11, { agent_id: quiet, status: 'running', started_at: at(day, '23:59:59') }),
    run(0, { id: randomUUID(), agent_id: idle, status: 'completed', started_at: at('2026-03-09') }),
  ])
  await place.insert('agent_feedback', [
    { agent_run_id: runIds[0], user_id: ada, rating: 5 },
    { agent_run_id: runIds[0], user_id: ben, rating: 2 },
    { agent_run_id: runIds[3], user_id: ben, rating: 2 },
  ])
  const call = `analytics.aggregate_agent_performance('${day}', '${place.id}')`
  const { count, rows } = await summed(world, place, 'analytics.agent_performance', call)
  expect(count).toBe(2)
  const once = (reason: string) => ({ reason, times: 1 })
  const untold = { avg_runtime_seconds: null, min_runtime_seconds: null, max_runtime_seconds: null }
  const unranked = { p50_runtime_seconds: null, p75_runtime_seconds: null, p95_runtime_seconds: null }
  const expected: readonly Row[] = [
    {
      agent_id: busy,
      metric_date: day,
      total_runs: 11,
      successful_runs: 2,
      failed_runs: 8,
      cancelled_runs: 1,
      // Of 1, 2, 3, 4 and 100 seconds.
      avg_runtime_seconds: 22,
      min_runtime_seconds: 1,
      max_runtime_seconds: 100,
      p50_runtime_seconds: 3,
      p75_runtime_seconds: 4,
      p95_runtime_seconds: 80.8,
      p99_runtime_seconds: 96.16,
      total_credits: 6,
      avg_credits_per_run: 3,
      total_tokens_used: 50,
      avg_tokens_per_run: 25,
      unique_users: 2,
      avg_user_rating: 3,
      total_feedback_count: 3,
      error_types: { timeout: 7, unknown: 1 },
      common_failure_reasons: [{ reason: 'e', times: 2 }, once('a'), once('b'), once('c'), once('d')],
    },
    {
      agent_id: quiet,
      metric_date: day,
      total_runs: 1,
      successful_runs: 0,
      failed_runs: 0,
      cancelled_runs: 0,
      ...untold,
      ...unranked,
      p99_runtime_seconds: null,
      total_credits: 0,
      avg_credits_per_run: null,
      total_tokens_used: 0,
      avg_tokens_per_run: null,
      unique_users: 0,
      avg_user_rating: null,
      total_feedback_count: 0,
      error_types: {},
      common_failure_reasons: [],
    },
  ]
  const byAgent = (some: readonly Row[]) => new Map(some.map((row) => [row.agent_id, row]))
  expect(byAgent(rows)).toEqual(byAgent(expected))
})

test('an hour has what began within it, and an hour without anything no row', async () => {
  const place = await workedPlace(world)
  const [ada, ben, cleo] = [await place.member('ada'), await place.member('ben'), await place.member('cleo')]
  const [agent_id] = await agentsOf(place, 1)
  const run = (time: string, row: Row): Row => ({ agent_id, started_at: `2026-03-08T${time}Z`, ...row })
  await place.insert('agent_runs', [
    run('10:00:00', { user_id: ada, status: 'completed', runtime_seconds: 1, credits_consumed: 1.5 }),
    run('10:10:00', { user_id: ada, status: 'completed', runtime_seconds: 2, credits_consumed: 2 }),
    run('10:20:00', { status: 'failed', runtime_seconds: 3 }),
    run('10:25:00', { status: 'failed' }),
    run('10:30:00', { status: 'completed', runtime_seconds: 4 }),
    run('10:59:59', { status: 'cancelled', runtime_seconds: 100 }),
    run('11:00:00', { user_id: cleo, status: 'completed', runtime_seconds: 9000 }),
    run('09:59:59', { user_id: cleo, status: 'failed', runtime_seconds: 9000 }),
  ])
  await place.insert('analytics.user_activity', [
    { user_id: ada, event_type: 'login', created_at: '2026-03-08T10:00:00Z' },
    { user_id: ben, event_type: 'login', created_at: '2026-03-08T10:59:59Z' },
    { user_id: cleo, event_type: 'login', created_at: '2026-03-08T13:00:00Z' },
  ])
  const sumHour = (hour: string) =>
    summed(
      world,
      place,
      'analytics.hourly_metrics',
      `analytics.aggregate_hourly_metrics('2026-03-08T${hour}Z', '${place.id}')`,
    )
  const expected = {
    metric_hour: '2026-03-08T10:00:00.000Z',
    active_users: 2,
    total_runs: 6,
    successful_runs: 3,
    failed_runs: 2,
    total_credits: 3.5,
    // Of 1, 2, 3, 4 and 100 seconds.
    avg_response_time_ms: 22_000,
    p95_response_time_ms: 80_800,
  }
  expect(await sumHour('10:42:00')).toEqual({ count: 1, rows: [expected] })
  expect(await sumHour('12:00:00')).toEqual({ count: 0, rows: [expected] })
  const alone = { active_users: 1, total_runs: 0, successful_runs: 0, failed_runs: 0, total_credits: 0 }
  const untold = { avg_response_time_ms: null, p95_response_time_ms: null }
  expect(await sumHour('13:00:00')).toEqual({
    count: 1,
    rows: [expected, { metric_hour: '2026-03-08T13:00:00.000Z', ...alone, ...untold }],
  })
})

test('without a workspace all of them are summed, and with one no other', async () => {
  const [one, other] = [await workedPlace(world), await workedPlace(world)]
  for (const place of [one, other]) {
    const [agent_id] = await agentsOf(place, 1)
    await place.insert('agent_runs', [{ agent_id, started_at: '2026-03-20T12:00:00Z', status: 'completed' }])
  }
  const sums = [
    ['analytics.daily_metrics', `aggregate_daily_metrics('2026-03-21'`, 'all'],
    ['analytics.agent_performance', `aggregate_agent_performance('2026-03-21'`, 2],
    ['analytics.hourly_metrics', `aggregate_hourly_metrics('2026-03-20T12:00:00Z'`, 2],
  ] as const
  const [{ workspaces } = { workspaces: 0 }] = await world.query<{ workspaces: number }>(
    'select count(*)::int as workspaces from workspaces',
  )
  for (const [table, call, ofAll] of sums) {
    expect(await summed(world, one, table, `analytics.${call}, '${one.id}')`), table).toMatchObject({
      count: 1,
    })
    expect(await one.rows(table, 'id'), table).toHaveLength(1)
    expect(await other.rows(table, 'id'), table).toEqual([])
    const all = await summed(world, other, table, `analytics.${call})`)
    expect(all.count, table).toBe(ofAll === 'all' ? workspaces : ofAll)
    expect(all.rows, table).toHaveLength(1)
  }
})
