/** Who is an operator, what that opens, and what it does not. */
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Cast, castOf, type Person, signUp } from '../../../test/cast.ts'
import { eventually } from '../../../test/connected-world.ts'
import { parseMetrics } from '../../../test/prometheus-text.ts'
import { createWorld, type World } from '../../../test/world.ts'
import { runOperatorCommand } from '../../cli/operator.ts'
import { appLogin } from '../../engines.ts'
import { createLog } from '../../infra/log.ts'
import type { Tx } from '../../infra/postgres/doors.ts'
import { duties } from './duties.ts'

let world: World
let olga: Person
let cast: Cast
beforeAll(async () => {
  // A duty that is made to fail is logged by the queue.
  world = await createWorld({}, { log: createLog('silent') })
  olga = await signUp(world, 'Olga')
  cast = await castOf(world)
  await world.app.startWorker()
})
afterAll(() => world?.stop())

const jobsPath = '/api/v1/operations/jobs'
const operators = async (of: World = world) => {
  const rows = await of.query<{ email: string }>(
    'select email from users where is_super_admin order by email',
  )
  return rows.map(({ email }) => email)
}

test('whoever signs up first on an empty installation is its operator, and nobody after', async () => {
  expect(await operators()).toEqual([olga.email])
  expect((await olga.request('GET', '/api/v1/operations')).body).toEqual({ operator: true })
  expect((await cast.alice.request('GET', '/api/v1/operations')).body).toEqual({ operator: false })
  expect((await cast.nobody.request('GET', '/api/v1/operations')).status).toBe(401)
})

test('of many who sign up first at the same moment exactly one is operator', async () => {
  const other = await createWorld()
  try {
    const everybody = ['Ann', 'Bea', 'Col', 'Dee', 'Eve', 'Fay'].map((name) => signUp(other, name))
    await Promise.all(everybody)
    expect(await operators(other)).toHaveLength(1)
    // Rows that come by another way than signing up make nobody an operator.
    await other.query('delete from users')
    await other.query(`insert into users (name, email) values ('Made', 'made@example.com')`)
    expect(await operators(other)).toEqual([])
  } finally {
    await other.stop()
  }
})

test('two first people in transactions that overlap never both become operator', async () => {
  const other = await createWorld()
  const insert = (name: string) =>
    `set local role identity_service; insert into users (name, email) values ('${name}', '${name}@example.com'); reset role;`
  /** Goes on once somebody holds, or waits for, the lock of the first person; fails where nobody ever does. */
  const whenLockIs = (state: 'granted' | 'not granted') => `do $$ begin
      for turn in 1..1000 loop
        if exists (select from pg_locks where locktype = 'advisory' and classid = 1 and objid = 546083319 and ${state}
            and database = (select oid from pg_database where datname = current_database())) then return; end if;
        perform pg_sleep(0.005);
      end loop;
      raise exception 'the two transactions never overlapped';
    end $$;`
  try {
    // The first commits only when the second stands before it, within the trigger.
    await Promise.all([
      other.query(`begin; ${insert('one')} ${whenLockIs('not granted')} commit;`),
      other.query(`begin; ${whenLockIs('granted')} ${insert('two')} commit;`),
    ])
    expect(await operators(other)).toHaveLength(1)
  } finally {
    await other.stop()
  }
})

test('an operator sees every duty, its last runs and when it comes again', async () => {
  const { status, body } = await olga.request('GET', jobsPath)
  expect(status).toBe(200)
  expect(body.duties.map(({ name }: { name: string }) => name)).toEqual(duties.map(({ name }) => name))
  for (const duty of body.duties) {
    expect(Date.parse(duty.nextDueAt)).toBeGreaterThan(Date.now())
    expect(duty).toMatchObject({ overdue: false, lastSucceededAt: null, runs: [] })
  }
  expect(body.refreshes).toEqual([])
  expect(body.archives).toEqual([])
})

test('an operator runs a duty at once, and the page and the metrics tell what became of it', async () => {
  const answer = await olga.request('POST', `${jobsPath}/refresh_materialized_views/run`)
  expect(answer).toMatchObject({ status: 202, body: {} })
  const duty = await eventually(
    async () => {
      const { body } = await olga.request('GET', jobsPath)
      return body.duties.find(({ name }: { name: string }) => name === 'refresh_materialized_views')
    },
    ({ runs }) => runs[0]?.result === 'succeeded',
    15_000,
  )
  expect(duty.runs[0]).toMatchObject({ cause: 'person', summary: 'Refreshed 6 views.', errorMessage: null })
  expect(duty.runs[0].details).toHaveLength(6)
  expect(Date.now() - Date.parse(duty.lastSucceededAt)).toBeLessThan(60_000)
  const { body } = await olga.request('GET', jobsPath)
  expect(body.refreshes).toHaveLength(6)

  const { samples, types } = parseMetrics((await world.app.http.inject('/metrics')).body)
  const of = (name: string) =>
    samples.get(`heliograph_maintenance_${name}{duty="refresh_materialized_views"}`)
  expect(of('last_result')).toBe(1)
  expect(of('last_success_timestamp_seconds')).toBeCloseTo(Date.parse(duty.lastSucceededAt) / 1_000, 2)
  expect(of('last_run_timestamp_seconds')).toBeCloseTo(Date.parse(duty.runs[0].startedAt) / 1_000, 2)
  expect(of('last_duration_seconds')).toBe(duty.runs[0].durationMs / 1_000)
  expect(types.get('heliograph_maintenance_last_result')).toBe('gauge')
  expect([...samples.keys()].join()).not.toContain('duty="sum_days"')
})

test('a duty that fails says so everywhere, in plain words', async () => {
  await world.query('alter function app.review_performance() rename to review_gone')
  await olga.request('POST', `${jobsPath}/review_performance/run`)
  const readRun = async () => {
    const { body } = await olga.request('GET', jobsPath)
    return body.duties.find(({ name }: { name: string }) => name === 'review_performance').runs[0]
  }
  const run = await eventually(readRun, (latest) => latest?.result === 'failed', 15_000)
  expect(run.errorMessage).toContain('app.review_performance() does not exist')
  expect(run.remedy).toMatch(/tried again by itself/)
  const failing = parseMetrics((await world.app.http.inject('/metrics')).body).samples
  expect(failing.get('heliograph_maintenance_last_result{duty="review_performance"}')).toBe(0)
  expect(
    failing.get('heliograph_maintenance_last_run_timestamp_seconds{duty="review_performance"}'),
  ).toBeCloseTo(Date.parse(run.startedAt) / 1_000, 2)
  expect(
    failing.has('heliograph_maintenance_last_success_timestamp_seconds{duty="review_performance"}'),
  ).toBe(false)
  // The queue tries it again by itself, and it mends itself once the cause is gone.
  await world.query('alter function app.review_gone() rename to review_performance')
  await eventually(readRun, (latest) => latest?.result === 'succeeded', 20_000)
}, 45_000)

test('a duty whose time has long passed counts as overdue', async () => {
  await world.query(
    `update app.maintenance_duties set last_succeeded_at = now() - interval '91 minutes'
     where name = 'refresh_materialized_views'`,
  )
  const { body } = await olga.request('GET', jobsPath)
  const overdue = body.duties.filter(({ overdue }: { overdue: boolean }) => overdue)
  expect(overdue.map(({ name }: { name: string }) => name)).toEqual(['refresh_materialized_views'])
})

test('nobody but an operator sees or starts a duty: 401 without a session, 403 even for an owner', async () => {
  const run = `${jobsPath}/ensure_partitions/run`
  for (const person of [cast.alice, cast.bob, cast.vera, cast.charlie]) {
    for (const answer of [await person.request('GET', jobsPath), await person.request('POST', run)]) {
      expect(answer.status).toBe(403)
      expect(answer.body.detail).toContain('npm run heliograph -- operator')
    }
  }
  expect((await cast.nobody.request('GET', jobsPath)).status).toBe(401)
  expect((await cast.nobody.request('POST', run)).status).toBe(401)
  expect(await world.query(`select from app.maintenance_runs where duty = 'ensure_partitions'`)).toEqual([])
  expect((await olga.request('POST', `${jobsPath}/publish/run`)).status).toBe(404)
  expect((await olga.request('POST', `${jobsPath}/..%2f/run`)).status).toBe(422)
})

const recordTables = [
  'app.maintenance_duties',
  'app.maintenance_runs',
  'app.partition_archives',
  'analytics.refresh_log',
]

test('the database itself shows the record to operators alone, and lets none of them change it', async () => {
  const { doors } = world.app.services
  await world.query(
    `insert into app.partition_archives (partition_name, table_name, row_count) values ('x', 'public.x', 0)`,
  )
  const count = (person: Person, workspaceId: string | null, table: string) =>
    doors.withActor(person, workspaceId, async (tx) => {
      const { rows } = await sql.raw<{ n: number }>(`select count(*)::int as n from ${table}`).execute(tx)
      return rows[0]?.n
    })
  for (const table of recordTables) {
    expect(await count(cast.alice, cast.workspaceId, table), table).toBe(0)
    expect(await count(cast.alice, null, table), table).toBe(0)
    expect(await count(olga, null, table), table).toBeGreaterThan(0)
    await expect(
      doors.withActor(olga, null, (tx) => sql.raw(`delete from ${table}`).execute(tx)),
      table,
    ).rejects.toThrow('permission denied')
    await expect(
      doors.withWorkspace(cast.workspaceId, (tx) => sql.raw(`select from ${table}`).execute(tx)),
      table,
    ).rejects.toThrow('permission denied')
  }
  const request = (person: Person) =>
    doors.withActor(person, null, (tx) => sql`select app.request_duty('ensure_partitions')`.execute(tx))
  await expect(request(cast.alice)).rejects.toThrow('only an operator')
})

test('being an operator opens no workspace and shows none of its rows', async () => {
  for (const path of ['', '/content', '/accounts', '/members']) {
    expect((await olga.request('GET', `/api/v1/workspaces/${cast.workspaceId}${path}`)).status, path).toBe(
      404,
    )
  }
  for (const workspaceId of [null, cast.workspaceId]) {
    const shown = async (tx: Tx) => {
      for (const table of ['workspaces', 'workspace_members', 'content', 'audit_log', 'post_snapshots']) {
        const { rows } = await sql.raw(`select from ${table}`).execute(tx)
        expect(rows, table).toEqual([])
      }
      const { rows } = await sql<{ email: string }>`select email from users`.execute(tx)
      expect(rows).toEqual([{ email: olga.email }])
    }
    await world.app.services.doors.withActor(olga, workspaceId, shown, { reads: ['audit_log'] })
  }
})

test('an operator who is shut out, or acts through a key, is none', async () => {
  const ask = (claims: object) =>
    world.app.services.doors.withActor(olga, null, async (tx) => {
      await sql`select set_config('request.jwt.claims', ${JSON.stringify(claims)}, true)`.execute(tx)
      const { rows } = await sql<{ is: boolean }>`select app.is_operator() as is`.execute(tx)
      return rows[0]?.is
    })
  expect(await ask({ sub: olga.userId })).toBe(true)
  expect(await ask({ sub: olga.userId, api_key_id: '0198f000-0000-7000-8000-000000000000' })).toBe(false)
  expect(await ask({})).toBe(false)
  await world.query('update users set is_active = false where id = $1', [olga.userId])
  expect(await ask({ sub: olga.userId })).toBe(false)
  await world.query('update users set is_active = true where id = $1', [olga.userId])
})

test('the command makes an operator and takes it back, says so, and leaves a line in the audit', async () => {
  const said: string[] = []
  const command = (...words: string[]) =>
    runOperatorCommand(words, appLogin(world), (line) => {
      said.push(line)
    })
  await command('ALICE@example.com')
  expect((await cast.alice.request('GET', jobsPath)).status).toBe(200)
  await command('alice@example.com')
  await command('alice@example.com', '--revoke')
  expect((await cast.alice.request('GET', jobsPath)).status).toBe(403)
  await command('--revoke', 'alice@example.com')
  expect(said).toEqual([
    'ALICE@example.com is an operator now.',
    'alice@example.com is an operator already.',
    'alice@example.com is no longer an operator.',
    'alice@example.com is no operator.',
  ])
  const audited = await world.query(
    `select new_values ->> 'is_super_admin' as operator, acted_as from audit_log
     where table_name = 'public.users' and row_id = $1 and new_values ? 'is_super_admin' and operation = 'update'
     order by occurred_at`,
    [cast.alice.userId],
  )
  expect(audited).toEqual([
    { operator: 'true', acted_as: 'identity_service' },
    { operator: 'false', acted_as: 'identity_service' },
  ])
  await expect(command('nobody@example.com')).rejects.toThrow('Nobody has signed up as nobody@example.com')
  for (const wrong of [[], ['a@b.c', 'd@e.f'], ['a@b.c', '--grant']]) {
    await expect(command(...wrong)).rejects.toThrow('usage: npm run heliograph -- operator')
  }
})
