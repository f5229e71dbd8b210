import pg from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { appLogin } from '../../server/src/engines.ts'
import { loginUrl } from '../../server/src/infra/postgres/pool.ts'
import { castOf } from '../../server/test/cast.ts'
import { createWorld, type World } from '../../server/test/world.ts'
import { schema } from '../schema.ts'
import { connect } from './bench-engines.ts'
import { type Captured, capture } from './capture.ts'
import { createFreeRoles } from './free-roles.ts'
import { indexReasons } from './index-reasons.ts'
import { measurePairs, quantile } from './measure-queries.ts'
import { parseOptions } from './options.ts'
import { findSequentialScans } from './plans.ts'
import { queries } from './queries.ts'
import { readIndexUse, reasonsWithoutIndex, withoutReason } from './unused-indexes.ts'

let world: World
let superuser: pg.Client

beforeAll(async () => {
  world = await createWorld()
  // The owner's address with the superuser's login; its path is the world's own database.
  const { username, password } = new URL(inject('superuserUrl'))
  superuser = await connect({
    url: world.owner.url,
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
  })
})
afterAll(async () => {
  await superuser?.end()
  await world?.stop()
})

const asItself: Captured['entrance'] = { text: `select set_config('role', $1, true)`, values: ['none'] }
const scansOf = (text: string) =>
  findSequentialScans(superuser, 'made up', [{ entrance: asItself, statement: { text, values: [] } }])

let run: ReturnType<typeof runSchema> | undefined
/** Measured once, for whichever tests ask. */
const runOnce = () => {
  run ??= runSchema()
  return run
}

async function runSchema() {
  const lines: string[] = []
  const figures = await schema.run(
    ['--workspaces', '2', '--posts', '40', '--days', '14', '--rounds', '2'],
    (line) => lines.push(line),
  )
  return { figures, lines }
}

test('the benchmark measures every query and names every figure, on as little data as it is given', async () => {
  const { figures, lines } = await runOnce()
  expect(figures.map(({ name }) => name)).toEqual([
    'rls_ratio_worst',
    'query_p99_ms_worst',
    'seq_scans',
    'mv_refresh_s_worst',
    'daily_aggregation_s',
    'unused_indexes',
    'mb_per_workspace_month',
    'clickhouse_bytes_per_row',
    'clickhouse_plain_ratio',
  ])
  for (const { name, value } of figures) expect(value, name).toBeGreaterThanOrEqual(0)
  const told = lines.join('\n')
  expect(told).toContain('measured on 2 workspaces, 40 posts, 14 days')
  expect(told).toMatch(/PostgreSQL: 40 posts, [1-9][\d,]* snapshots/)
  for (const { name } of queries) expect(told).toMatch(new RegExp(`^ {2}${name} +\\d+ rows .* x \\d`, 'm'))
  // A reason that stays behind its index, or an index without one, is named.
  expect(told).not.toContain('a reason without an index')
  expect(lines.filter((line) => line.includes('no reason for'))).toEqual([])
  for (const table of ['performance_metrics', 'events'])
    expect(told).toMatch(new RegExp(`^ {2}${table} +[\\d.]+, plain [\\d.]+: x [\\d.]+ \\(of [1-9]`, 'm'))
})

test('the benchmark holds its figures against the limits of the sources', async () => {
  const { figures } = await runOnce()
  const limits = figures.flatMap(({ name, unit, goal }) => (goal ? [{ name, unit, goal }] : []))
  // What is measured in a test says nothing about speed: only the limits are held here.
  expect(limits).toEqual([
    { name: 'rls_ratio_worst', unit: 'times', goal: { atMost: 1.1 } },
    { name: 'query_p99_ms_worst', unit: 'ms', goal: { atMost: 100 } },
    { name: 'seq_scans', unit: 'of big tables', goal: { atMost: 0 } },
    { name: 'mv_refresh_s_worst', unit: 's', goal: { atMost: 30 } },
    { name: 'daily_aggregation_s', unit: 's', goal: { atMost: 300 } },
    { name: 'unused_indexes', unit: 'without a reason', goal: { atMost: 0 } },
    { name: 'mb_per_workspace_month', unit: 'MB', goal: { atMost: 1_000 } },
  ])
})

test('a whole read of a big table counts, seen in the plan, within a function, and over small partitions', async () => {
  await superuser.query(`
    create table big (id int primary key, other int); insert into big select i, i from generate_series(1, 20000) i;
    create table small (id int); insert into small select generate_series(1, 500);
    create table cut (id int) partition by range (id);
    create table cut_a partition of cut for values from (0) to (8000);
    create table cut_b partition of cut for values from (8000) to (16000);
    insert into cut select generate_series(0, 15999);
    create function reads_big() returns bigint language plpgsql as 'begin return (select count(*) from big where other = 7); end';
    analyze big; analyze small; analyze cut`)
  expect(await scansOf('select * from big where other = 7')).toMatchObject([
    { query: 'made up', table: 'public.big', rows: 20_000, foundBy: 'plan' },
  ])
  expect(await scansOf('select reads_big()')).toMatchObject([{ table: 'public.big', foundBy: 'counter' }])
  expect(await scansOf('select * from cut')).toMatchObject([{ table: 'public.cut', rows: 16_000 }])
  expect(await scansOf('select * from big where id = 7')).toEqual([])
  expect(await scansOf('select * from small')).toEqual([])
})

test('an index that nothing asks is named, unless it keeps rows apart, serves a foreign key or has a reason', async () => {
  await superuser.query(`
    create table referred (id int primary key);
    create table indexed (id int primary key, referred_id int references referred, asked int, idle int);
    create index indexed_referred on indexed (referred_id);
    create index indexed_referred_wide on indexed (referred_id, idle);
    create index indexed_asked on indexed (asked);
    create index indexed_idle on indexed (idle);
    insert into indexed (id, asked, idle) select i, i, i from generate_series(1, 5000) i;
    analyze indexed`)
  await superuser.query('select * from indexed where asked = 7')
  const uses = (await readIndexUse(superuser)).filter(({ table }) => table === 'public.indexed')
  const named = (reasons: Record<string, string>) => withoutReason(uses, reasons).map(({ index }) => index)
  expect(named({})).toEqual(['public.indexed_idle', 'public.indexed_referred_wide'])
  expect(named({ 'public.indexed_idle': 'a duty' })).toEqual(['public.indexed_referred_wide'])
  expect(reasonsWithoutIndex(uses, { 'public.gone': 'a query' })).toEqual(['public.gone'])
})

test('every reason belongs to an index of the schema', async () => {
  expect(reasonsWithoutIndex(await readIndexUse(superuser), indexReasons)).toEqual([])
})

test('with and without are the same statement on the same answer; where the policies hide rows, nothing is compared', async () => {
  const cast = await castOf(world)
  const login = appLogin({ owner: world.owner, keyring: world.keyring })
  const pool = new pg.Pool({ connectionString: loginUrl(login), max: 1 })
  try {
    const list = (userId: string) =>
      capture(pool, (doors) =>
        doors.withActor({ userId }, cast.workspaceId, (tx) =>
          tx.selectFrom('workspaces').select('id').where('id', '=', cast.workspaceId).execute(),
        ),
      )
    const own = await list(cast.alice.userId)
    expect(own.entrance.text).toContain('app.enter(')
    await createFreeRoles(superuser)
    expect(own.statement.values).toEqual([cast.workspaceId])
    const measured = await measurePairs(superuser, [own], 2)
    expect(measured.rows).toBe(1)
    expect(measured.ratio).toBeGreaterThan(0)
    const strangers = await list(cast.charlie.userId)
    await expect(measurePairs(superuser, [strangers], 2)).rejects.toThrow('changes the answer')
  } finally {
    await pool.end()
  }
})

test('a quantile is a value that was measured', () => {
  expect(quantile([3, 1, 2], 0.5)).toBe(2)
  expect(quantile([...Array(200).keys()], 0.99)).toBe(197)
  expect(() => quantile([], 0.5)).toThrow('no quantile')
})

test('sizes are numbers from 1, and without any they are those of the goals', () => {
  expect(parseOptions([])).toMatchObject({ workspaces: 100, posts: 260_000, days: 365 })
  expect(parseOptions(['--posts', '500', '--data', 'kept'])).toMatchObject({ posts: 500, data: 'kept' })
  expect(() => parseOptions(['--posts', 'many'])).toThrow('--posts takes a number from 1')
})
