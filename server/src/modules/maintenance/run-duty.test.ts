/** What holds for every duty, shown with duties made for it. */
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { eventually } from '../../../test/connected-world.ts'
import { createWorld, type World } from '../../../test/world.ts'
import { appLogin } from '../../engines.ts'
import { type JobRunner, runJobs } from '../../infra/jobs/queue.ts'
import { createLog } from '../../infra/log.ts'
import { createPool } from '../../infra/postgres/pool.ts'
import type { Services } from '../services.ts'
import { duties } from './duties.ts'
import type { Duty } from './duty.ts'
import { schedules } from './jobs.ts'
import { runDuty } from './run-duty.ts'

const untilDone = new AbortController().signal
let world: World
let services: Services
beforeAll(async () => {
  world = await createWorld()
  services = world.app.services
})
afterAll(() => world?.stop())
afterEach(() => world.query('delete from app.maintenance_duties'))

const dutyOf = (run: Duty['run'], name = 'tried_out'): Duty => ({
  name,
  title: 'Tried out',
  purpose: 'For tests.',
  rhythm: { every: 'hour', minute: 0 },
  queue: 'maintenance',
  run,
})
const runs = () =>
  world.query<Record<string, unknown>>(
    `select cause, result, summary, error_message, remedy, duration_ms >= 0 as timed, finished_at is not null as ended
     from app.maintenance_runs order by started_at`,
  )

test('a run is recorded with its duration, its result and its words', async () => {
  const duty = dutyOf(async () => ({ summary: 'Did it.', details: ['All of it.'] }))
  await runDuty(services, duty, {}, untilDone)
  expect(await runs()).toEqual([
    {
      cause: 'clock',
      result: 'succeeded',
      summary: 'Did it.',
      error_message: null,
      remedy: null,
      timed: true,
      ended: true,
    },
  ])
  const [{ last } = { last: null }] = await world.query<{ last: Date | null }>(
    'select last_succeeded_at as last from app.maintenance_duties',
  )
  expect(last).toBeInstanceOf(Date)
})

test('a duty runs at most once at a time, however many workers try', async () => {
  let now = 0
  let most = 0
  let times = 0
  let open = () => undefined as unknown
  const gate = new Promise((resolve) => {
    open = () => resolve(undefined)
  })
  const duty = dutyOf(async () => {
    now += 1
    times += 1
    most = Math.max(most, now)
    await gate
    now -= 1
    return { summary: 'Did it.' }
  })
  const first = runDuty(services, duty, {}, untilDone)
  await eventually(
    async () => now,
    (count) => count === 1,
  )
  // These come while the first is at it and are refused; nothing of theirs is recorded.
  await Promise.all([1, 2, 3, 4].map(() => runDuty(services, duty, {}, untilDone)))
  open()
  await first
  expect({ most, times, recorded: (await runs()).length }).toEqual({ most: 1, times: 1, recorded: 1 })
  await runDuty(services, duty, {}, untilDone)
  expect(times).toBe(2)
})

test('why a duty failed is kept in plain words, and the queue learns of it', async () => {
  const duty = dutyOf(() =>
    services.doors.withDispatch(async (tx) => {
      await sql`select set_config('statement_timeout', '20', true)`.execute(tx)
      await sql`select pg_sleep(5)`.execute(tx)
      return { summary: 'never' }
    }),
  )
  await expect(runDuty(services, duty, {}, untilDone)).rejects.toThrow('statement timeout')
  expect(await runs()).toMatchObject([
    { result: 'failed', error_message: 'The database took longer than this duty may take, and stopped.' },
  ])
  const strange = dutyOf(() => Promise.reject(new Error('x'.repeat(2_000))))
  await expect(runDuty(services, strange, {}, untilDone)).rejects.toThrow('xxx')
  const [, second] = await runs()
  expect(String(second?.error_message)).toHaveLength(500)
  expect(second?.remedy).toMatch(/tried again/)
})

test('a run whose worker is gone is told as interrupted by the next, and a stop is no failure', async () => {
  await world.query(`insert into app.maintenance_duties (name) values ('tried_out')`)
  await world.query(`insert into app.maintenance_runs (duty, cause) values ('tried_out', 'clock')`)
  const stopping = new AbortController()
  const duty = dutyOf(async (_services, signal) => {
    stopping.abort()
    signal.throwIfAborted()
    return { summary: 'never' }
  })
  await expect(runDuty(services, duty, {}, stopping.signal)).rejects.toThrow('abort')
  expect(await runs()).toMatchObject([
    { result: 'interrupted', ended: true },
    { result: 'interrupted', ended: true, error_message: null },
  ])
})

test('a run says why it began', async () => {
  const duty = dutyOf(async () => ({ summary: 'Did it.' }))
  const turn = { ts: new Date(Date.now() - 60_000), backfilled: true }
  await runDuty(services, duty, { _cron: turn }, untilDone)
  await runDuty(services, duty, { _cron: turn }, untilDone)
  await runDuty(services, duty, { _cron: { ts: new Date(), backfilled: false } }, untilDone)
  // Somebody who has been deleted since asking.
  await runDuty(services, duty, { requestedBy: '0198f000-0000-7000-8000-000000000000' }, untilDone)
  expect((await runs()).map(({ cause }) => cause)).toEqual(['catch_up', 'retry', 'clock', 'person'])
})

test('the history of a duty stays bounded, and that of others stays', async () => {
  await world.query(`insert into app.maintenance_duties (name) values ('tried_out'), ('another')`)
  await world.query(
    `insert into app.maintenance_runs (duty, cause, started_at, finished_at, result)
     select duty, 'clock', now() - n * interval '1 hour', now(), 'succeeded'
     from generate_series(1, 120) n cross join unnest(array['tried_out', 'another']) duty`,
  )
  await runDuty(
    services,
    dutyOf(async () => ({ summary: 'Did it.' })),
    {},
    untilDone,
  )
  const kept = await world.query(
    `select duty, count(*)::int as runs, min(started_at) > now() - interval '50 hours' as latest
     from app.maintenance_runs group by duty order by duty`,
  )
  expect(kept).toEqual([
    { duty: 'another', runs: 120, latest: false },
    { duty: 'tried_out', runs: 50, latest: true },
  ])
})

const pool = (name: string) =>
  createPool(appLogin(world), { name, role: 'heliograph_jobs', max: 6, log: createLog('silent') })

/** Starts a worker with all the duties' schedules, each job only noting its name. */
async function startWorker(notes: string[]): Promise<{ stop(): Promise<void> }> {
  const jobsPool = pool('catching up')
  const runner: JobRunner = await runJobs({
    pool: jobsPool,
    jobs: duties.map(({ name }) => ({
      name,
      run: async () => {
        notes.push(name)
      },
    })),
    schedules,
    concurrency: 4,
    log: createLog('silent'),
    observe: () => undefined,
  })
  return {
    async stop() {
      await runner.stop()
      await jobsPool.end()
    },
  }
}

const lastExecution = (ago: string) =>
  world.query(
    `update graphile_worker._private_known_crontabs
     set known_since = now() - interval '1 year', last_execution = now() - $1::interval`,
    [ago],
  )
const waitingJobs = async () => {
  const [row] = await world.query<{ count: number }>(
    'select count(*)::int as count from graphile_worker._private_jobs',
  )
  return row?.count ?? 0
}

test('every duty that came due while no worker ran is done once after the start, and no other', async () => {
  const first = await startWorker([])
  await eventually(
    () => world.query('select from graphile_worker._private_known_crontabs'),
    (known) => known.length >= duties.length,
  )
  await first.stop()

  await lastExecution('40 days')
  const notes: string[] = []
  const afterLong = await startWorker(notes)
  await eventually(
    async () => ({ done: new Set(notes).size, waiting: await waitingJobs() }),
    ({ done, waiting }) => done === duties.length && waiting === 0,
    30_000,
  )
  await afterLong.stop()
  // Of forty days of hours one run is left; the clock itself may have struck once in the meantime.
  const counts = Map.groupBy(notes, (name) => name)
  expect([...counts.values()].every((times) => times.length <= 2)).toBe(true)
  expect(notes.length).toBeLessThanOrEqual(duties.length + 3)

  // All but one were on time.
  await lastExecution('0')
  await world.query(
    `update graphile_worker._private_known_crontabs set last_execution = now() - interval '40 days'
     where identifier = 'review_performance'`,
  )
  const again: string[] = []
  const afterOne = await startWorker(again)
  await eventually(
    async () => again.includes('review_performance') && (await waitingJobs()) === 0,
    (done) => done,
  )
  await afterOne.stop()
  expect(again.filter((name) => name !== 'review_performance').length).toBeLessThanOrEqual(1)
}, 60_000)

test('every duty has a name, words and a time of its own', () => {
  const times = schedules.map(({ cron }) => cron)
  expect(new Set(times).size).toBe(duties.length)
  expect(new Set(duties.map(({ name }) => name)).size).toBe(duties.length)
  for (const { name, title, purpose } of duties) {
    expect(name).toMatch(/^[a-z_]{1,60}$/)
    expect(title).toMatch(/^[A-Z]/)
    expect(purpose).toMatch(/\.$/)
  }
})
