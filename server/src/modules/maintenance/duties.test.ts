/** What each duty does to the database, run as the clock would run it. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Matrix, openMatrix } from '../../../test/security/matrix-visits.ts'
import type { Services } from '../services.ts'
import { duties } from './duties.ts'
import { runDuty } from './run-duty.ts'

const untilDone = new AbortController().signal
let matrix: Matrix
beforeAll(async () => {
  matrix = await openMatrix()
})
afterAll(() => matrix?.close())

/** Runs a duty at an instant, by default the present. */
async function run(name: string, at?: string): Promise<void> {
  const { services } = matrix.world.app
  const duty = duties.find((candidate) => candidate.name === name)
  if (!duty) throw new Error(`no duty ${name}`)
  const standing: Services = at ? { ...services, clock: { now: () => new Date(at) } } : services
  await runDuty(standing, duty, {}, untilDone)
}
const query = <Row extends object>(sql: string, parameters?: unknown[]) =>
  matrix.world.query<Row>(sql, parameters)

test('every duty can be run, and run again at once, on an installation full of rows', async () => {
  for (const { name } of duties) {
    await run(name)
    await run(name)
  }
  const failed = await query(
    `select duty, error_message from app.maintenance_runs where result <> 'succeeded'`,
  )
  expect(failed).toEqual([])
  const [{ duties: recorded } = { duties: 0 }] = await query<{ duties: number }>(
    'select count(*)::int as duties from app.maintenance_duties where last_succeeded_at is not null',
  )
  expect(recorded).toBe(duties.length)
})

async function addRun(startedAt: string): Promise<void> {
  await query(
    `insert into agent_runs (workspace_id, agent_id, user_id, status, started_at, completed_at)
     select workspace_id, id, created_by, 'completed', $2, $2 from agents where workspace_id = $1 limit 1`,
    [matrix.mine.id, startedAt],
  )
}

test('every hour that passed while nobody was there is summed, the last one before again', async () => {
  await query('delete from agent_runs')
  await query('delete from analytics.user_activity')
  await query('delete from analytics.hourly_metrics')
  await query(
    `update app.maintenance_duties set covered_until = '2026-11-10T04:00Z' where name = 'sum_hours'`,
  )
  // The first began before the mark and was not yet there when its hour was summed.
  for (const at of ['03:59', '04:30', '07:10', '09:00', '09:30']) await addRun(`2026-11-10T${at}:00Z`)
  await run('sum_hours', '2026-11-10T09:40:00Z')
  const hours = () =>
    query<{ hour: string; runs: number }>(
      `select to_char(metric_hour at time zone 'UTC', 'HH24:MI') as hour, total_runs::int as runs
       from analytics.hourly_metrics where workspace_id = $1 order by 1`,
      [matrix.mine.id],
    )
  const upToNine = [
    { hour: '03:00', runs: 1 },
    { hour: '04:00', runs: 1 },
    { hour: '07:00', runs: 1 },
  ]
  expect(await hours()).toEqual(upToNine)
  // The hour that is still going on waits until it is over.
  await run('sum_hours', '2026-11-10T10:00:00Z')
  expect(await hours()).toEqual([...upToNine, { hour: '09:00', runs: 2 }])
  await run('sum_hours', '2026-11-10T10:30:00Z')
  expect(await hours()).toEqual([...upToNine, { hour: '09:00', runs: 2 }])
})

test('a summing that is cut off goes on where it was', async () => {
  await query(
    `update app.maintenance_duties set covered_until = '2026-11-10T00:00Z' where name = 'sum_hours'`,
  )
  await query(`create function app.refuse() returns trigger language plpgsql as $$ begin
    if new.metric_hour = '2026-11-10T07:00Z' then raise exception 'not this hour'; end if; return new; end $$;
    create trigger refuse before insert or update on analytics.hourly_metrics for each row execute function app.refuse()`)
  await expect(run('sum_hours', '2026-11-10T10:30:00Z')).rejects.toThrow('not this hour')
  const covered = () =>
    query<{ at: string }>(
      `select to_char(covered_until at time zone 'UTC', 'HH24:MI') as at from app.maintenance_duties where name = 'sum_hours'`,
    )
  expect(await covered()).toEqual([{ at: '07:00' }])
  await query('drop function app.refuse cascade')
  await run('sum_hours', '2026-11-10T10:30:00Z')
  expect(await covered()).toEqual([{ at: '10:00' }])
})

test('a day is summed once it is over everywhere, and every day that was missed', async () => {
  await query('delete from analytics.daily_metrics')
  await query('delete from agent_runs')
  await query(`update workspaces set time_zone = 'Pacific/Pago_Pago' where id = $1`, [matrix.mine.id])
  await query(`update app.maintenance_duties set covered_until = '2026-11-05T00:00Z' where name = 'sum_days'`)
  // In Pago Pago, eleven hours behind, the first is of the 7th and the second of the 8th.
  await addRun('2026-11-08T10:59:00Z')
  await addRun('2026-11-08T11:00:00Z')
  const days = () =>
    query(
      `select metric_date::text as day, total_runs::int as runs from analytics.daily_metrics
       where workspace_id = $1 order by 1`,
      [matrix.mine.id],
    )
  await run('sum_days', '2026-11-09T11:59:00Z')
  const before = [
    { day: '2026-11-04', runs: 0 },
    { day: '2026-11-05', runs: 0 },
    { day: '2026-11-06', runs: 0 },
    { day: '2026-11-07', runs: 1 },
  ]
  expect(await days()).toEqual(before)
  await run('sum_days', '2026-11-09T12:00:00Z')
  expect(await days()).toEqual([...before, { day: '2026-11-08', runs: 1 }])
})

test('deltas follow new snapshots, however late they come, and agree when computed again', async () => {
  const { mine } = matrix
  await query('delete from post_snapshots')
  await query('delete from post_deltas')
  await query(`update app.maintenance_duties set covered_until = now() where name like 'compute%'`)
  const snap = (at: string, likes: number) =>
    query(
      `insert into post_snapshots (workspace_id, published_post_id, captured_at, source, likes)
       values ($1, $2, $3, 'api', $4)`,
      [mine.id, mine.publishedPostId, at, likes],
    )
  await query(`update published_posts set published_at = '2026-09-01' where workspace_id = $1`, [mine.id])
  await query(`update workspaces set time_zone = 'UTC' where id = $1`, [mine.id])
  await snap('2026-11-10T10:00:00Z', 10)
  await snap('2026-11-12T10:00:00Z', 30)
  await run('compute_deltas')
  await run('compute_long_deltas')
  const deltas = (period: string) =>
    query<{ from: string; likes: number | null }>(
      `select to_char(from_at at time zone 'UTC', 'YYYY-MM-DD') as from, likes_delta::int as likes from post_deltas
       where workspace_id = $1 and period = $2::period order by from_at`,
      [mine.id, period],
    )
  expect(await deltas('daily')).toEqual([
    { from: '2026-11-10', likes: null },
    { from: '2026-11-12', likes: 20 },
  ])
  // A file is imported that tells of earlier days.
  await snap('2026-11-11T10:00:00Z', 25)
  await snap('2026-10-30T10:00:00Z', 4)
  await run('compute_deltas')
  await run('compute_long_deltas')
  const late = [
    { from: '2026-10-30', likes: null },
    { from: '2026-11-10', likes: 6 },
    { from: '2026-11-11', likes: 15 },
    { from: '2026-11-12', likes: 5 },
  ]
  expect(await deltas('daily')).toEqual(late)
  expect(await deltas('monthly')).toEqual([
    { from: '2026-10-01', likes: null },
    { from: '2026-11-01', likes: 26 },
  ])
  await run('compute_deltas')
  expect(await deltas('daily')).toEqual(late)
})

test('a view that cannot be refreshed fails the duty by name and holds back no other', async () => {
  const before = await query('select from analytics.refresh_log')
  await query('drop index analytics.mv_top_agents_key')
  await expect(run('refresh_materialized_views')).rejects.toThrow(/^1 of 6 views could not.*mv_top_agents: /)
  const after = await query('select from analytics.refresh_log')
  expect(after.length - before.length).toBe(6)
  await query('create unique index mv_top_agents_key on analytics.mv_top_agents (workspace_id, agent_id)')
  await run('refresh_materialized_views')
})

test('old report executions go, younger and open ones stay', async () => {
  const { mine } = matrix
  await query('delete from report_executions')
  await query(
    `insert into report_executions (workspace_id, custom_report_id, format, status, created_at)
     select workspace_id, id, 'csv', a.status::report_status, now() - a.days * interval '1 day'
     from (values ('completed', 91), ('failed', 100), ('completed', 89), ('generating', 200)) as a (status, days)
     cross join (select * from custom_reports where workspace_id = $1 limit 1) r`,
    [mine.id],
  )
  await run('clean_up_report_executions')
  const left = await query<{ status: string }>('select status from report_executions order by created_at')
  expect(left.map(({ status }) => status)).toEqual(['generating', 'completed'])
})

test('old engagement by hour goes to the archive after a year', async () => {
  const { mine } = matrix
  await query('delete from analytics.engagement_by_time')
  await query(
    `insert into analytics.engagement_by_time
       (workspace_id, social_account_id, published_post_id, platform, measured_at, day_of_week, hour_of_day)
     select workspace_id, social_account_id, id, platform, now() - days * interval '1 day', 1, 1
     from published_posts cross join unnest(array[364, 367, 500]) days where workspace_id = $1 and id = $2`,
    [mine.id, mine.publishedPostId],
  )
  await run('archive_engagement_by_time')
  expect(await query('select from analytics.engagement_by_time')).toHaveLength(1)
  expect(
    await query(
      `select row_count::int as rows, dropped_at is not null as dropped from app.partition_archives
       where table_name = 'analytics.engagement_by_time' order by detached_at desc limit 1`,
    ),
  ).toEqual([{ rows: 2, dropped: true }])
})
