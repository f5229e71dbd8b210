import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Matrix, openMatrix } from '../security/matrix-visits.ts'

let matrix: Matrix
beforeAll(async () => {
  matrix = await openMatrix()
  // Two years back, so that partitions of every table have expired.
  await matrix.world.query(`select app.ensure_partitions(now() - interval '30 months', 1)`)
})
afterAll(() => matrix.close())

const dispatch = async <Row>(statement: string): Promise<Row[]> =>
  matrix.world.app.services.doors.withDispatch(async (tx) => (await sql.raw<Row>(statement).execute(tx)).rows)

const digest = 'ab'.repeat(32)

test('a partition leaves when its time has come, and is dropped only after its archive is verified', async () => {
  const { world, mine } = matrix
  const [expired] = await dispatch<{ partition_name: string; at: Date }>(
    `select partition_name, ends_at - interval '1 day' as at from app.expired_partitions()
     where table_name = 'public.post_snapshots' limit 1`,
  )
  await world.query(
    `insert into post_snapshots (workspace_id, published_post_id, captured_at, source, likes)
     values ($1, $2, $3, 'api', 5), ($1, $2, $3, 'csv', 6)`,
    [mine.id, mine.publishedPostId, expired?.at],
  )
  const [taken] = await dispatch<{ name: string }>(
    `select app.detach_expired_partition('${expired?.partition_name}') as name`,
  )
  const name = taken?.name
  const [{ left } = { left: -1 }] = await world.query<{ left: number }>(
    `select count(*)::int as left from post_snapshots where captured_at < now() - interval '13 months'`,
  )
  expect(left).toBe(0)
  // By pages, each after the last key of the one before it, as the archive asks.
  const rowsAfter = (key: unknown, most: number) =>
    dispatch<{ row_text: string; row_key: unknown }>(
      `select row_text, row_key from app.detached_rows_after('${name}', ${key ? `'${JSON.stringify(key)}'` : 'null'}, ${most})`,
    )
  const [first, ...none] = await rowsAfter(null, 1)
  expect(none).toEqual([])
  const rest = await rowsAfter(first?.row_key, 10)
  const rows = [first, ...rest].map((row) => JSON.parse(row?.row_text ?? '{}'))
  expect(rows.map(({ likes }) => likes).sort()).toEqual([5, 6])
  expect(await rowsAfter(rest.at(-1)?.row_key, 10)).toEqual([])

  const drop = `select app.drop_archived_partition('${name}')`
  await expect(dispatch(drop), 'before it is archived').rejects.toThrow('is not verified')
  await dispatch(`select app.record_partition_archive('${name}', 'archive/x', 2, '${digest}')`)
  await expect(dispatch(drop), 'before it is verified').rejects.toThrow('is not verified')
  const verify = (rowsRead: number, sha256: string) =>
    dispatch<{ ok: boolean }>(
      `select app.verify_partition_archive('${name}', ${rowsRead}, '${sha256}') as ok`,
    )
  expect(await verify(1, digest)).toEqual([{ ok: false }])
  expect(await verify(2, 'cd'.repeat(32))).toEqual([{ ok: false }])
  await expect(dispatch(drop), 'after it failed').rejects.toThrow('is not verified')
  expect(await verify(2, digest)).toEqual([{ ok: true }])
  await dispatch(drop)
  expect(await world.query(`select to_regclass('partitions.${name}') as gone`)).toEqual([{ gone: null }])
  await expect(dispatch(drop), 'a second time').rejects.toThrow('is not verified')
})

test('a partition that is still needed is not taken out', async () => {
  const [young] = await matrix.world.query<{ name: string }>(
    `select relname as name from pg_class where relname like 'user\\_activity\\_20%' and relkind = 'r' order by relname desc limit 1`,
  )
  await expect(dispatch(`select app.detach_expired_partition('${young?.name}')`)).rejects.toThrow(
    'is not expired',
  )
})

test('a partition expires when all of its rows are older than its table keeps them, not before', async () => {
  const expiredAt = async (at: string) => {
    const rows = await dispatch<{ name: string }>(
      `select partition_name as name from app.expired_partitions('${at}')
       where partition_name = 'user_activity_2026_09'`,
    )
    return rows.length
  }
  await matrix.world.query(`select app.ensure_partitions('2026-09-01', 1)`)
  expect(await expiredAt('2026-12-29T23:59:59Z')).toBe(0)
  expect(await expiredAt('2026-12-30T00:00:00Z')).toBe(1)
})

test('hourly metrics are kept for 30 days, daily ones forever', async () => {
  const { world, mine } = matrix
  await world.query(
    `insert into analytics.hourly_metrics (workspace_id, metric_hour)
     values ($1, now() - interval '29 days 23 hours'), ($1, now() - interval '30 days 1 hour')`,
    [mine.id],
  )
  await world.query(
    `insert into analytics.daily_metrics (workspace_id, metric_date) values ($1, '2001-01-01')`,
    [mine.id],
  )
  const counts = () =>
    world.query(
      `select (select count(*)::int from analytics.hourly_metrics where workspace_id = $1
           and metric_hour < now() - interval '30 days') as old_hours,
         (select count(*)::int from analytics.hourly_metrics where workspace_id = $1
           and metric_hour between now() - interval '30 days' and now() - interval '29 days') as young_hours,
         (select count(*)::int from analytics.daily_metrics where metric_date = '2001-01-01') as days`,
      [mine.id],
    )
  await dispatch('select * from analytics.cleanup_old_data()')
  expect(await counts()).toEqual([{ old_hours: 0, young_hours: 1, days: 1 }])
})

test('every partitioned table has its rule and its partitions ahead, made by several servers at once', async () => {
  await Promise.all([1, 2, 3].map(() => dispatch(`select app.ensure_partitions(now(), 5)`)))
  const rows = await matrix.world.query<{ name: string; ahead: number; known: boolean }>(
    `select c.relname as name, exists (select from app.partitioned_tables t where t.table_name::regclass = c.oid) as known,
       (select count(*)::int from pg_inherits i join pg_class p on p.oid = i.inhrelid where i.inhparent = c.oid
         and right(p.relname, 7) >= to_char(now(), 'YYYY_MM')) as ahead
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'p' and n.nspname in ('public', 'analytics', 'ml_data')`,
  )
  expect(rows.length).toBeGreaterThanOrEqual(4)
  for (const row of rows) expect(row).toMatchObject({ known: true, ahead: 6 })
})
