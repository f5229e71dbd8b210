import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../../../test/connected-world.ts'
import { createWorld, type World } from '../../../test/world.ts'
import { appLogin } from '../../engines.ts'
import { createLog } from '../log.ts'
import { createPool, loginUrl } from '../postgres/pool.ts'
import { halting } from './halting-job.ts'
import { defineJob, type JobRunner, runJobs } from './queue.ts'

const lostAfterMs = 400

let world: World
let pool: pg.Pool
let other: ChildProcess
let runner: JobRunner | undefined
beforeAll(async () => {
  world = await createWorld()
  pool = createPool(appLogin(world), {
    name: 'jobs',
    role: 'heliograph_jobs',
    max: 5,
    log: createLog('silent'),
  })
})
afterAll(async () => {
  other?.kill('SIGKILL')
  await runner?.stop()
  await pool?.end()
  await world?.stop()
})

test('a job stays with its worker while that lives, and is done by another soon after it was killed', async () => {
  await world.query(`select graphile_worker.add_job('halting', '{}', queue_name => 'one by one')`)
  other = spawn(process.execPath, [fileURLToPath(new URL('halting-worker.ts', import.meta.url))], {
    env: { PATH: process.env.PATH, DATABASE_URL: loginUrl(appLogin(world)) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (other.stdout) await once(other.stdout, 'data')

  let done = 0
  runner = await runJobs({
    pool,
    jobs: [
      defineJob(halting, async () => {
        done += 1
      }),
    ],
    schedules: [],
    concurrency: 1,
    log: createLog('silent'),
    observe: () => undefined,
    lostAfterMs,
  })
  await delay(lostAfterMs * 5)
  expect(done).toBe(0)

  other.kill('SIGKILL')
  await eventually(
    async () => done,
    (times) => times > 0,
    10_000,
  )
  expect(done).toBe(1)
  await eventually(
    () => world.query('select from graphile_worker._private_jobs'),
    (jobs) => jobs.length === 0,
  )
}, 30_000)

test('a worker whose connection was cut says again that it lives', async () => {
  const presences = () =>
    world.query<{ pid: number }>(
      `select pid from pg_locks where locktype = 'advisory' and classid = 484105
         and database = (select oid from pg_database where datname = current_database())`,
    )
  const [before] = await eventually(presences, (rows) => rows.length === 1)
  await world.query('select pg_terminate_backend($1)', [before?.pid])
  const [after] = await eventually(presences, (rows) => rows.length === 1 && rows[0]?.pid !== before?.pid)
  expect(after?.pid).toBeDefined()
})
