/** What is restored from the archive is what left the database, in a table that nothing else touches. */
import { Readable } from 'node:stream'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openRestoring, type Restoring, untilDone } from '../../../test/archive-restoring.ts'
import { ownerUrlOf } from '../../../test/world.ts'
import { writeArchiveFile } from '../../modules/maintenance/archive-file.ts'
import { archiveOldRows } from '../../modules/maintenance/archive-partitions.ts'
import type { ArchiveRecord } from '../../modules/maintenance/index.ts'

let place: Restoring
beforeAll(async () => {
  place = await openRestoring()
})
afterAll(() => place?.close())

const query: Restoring['query'] = (sql, parameters) => place.query(sql, parameters)
const archiveExpired = () => place.months.archiveExpired()

const rowsIn = async (from: string): Promise<string[]> =>
  (await query<{ row: object }>(`select to_jsonb(t) as row from ${from} t`))
    .map(({ row }) => JSON.stringify(row))
    .sort()

interface Kind {
  readonly table: string
  readonly time: string
  readonly age: string
  readonly archive: () => Promise<unknown>
}
/** Each of a month of its own: one that has left does not come again. */
const month = (table: string, time: string, monthsBack: number): Kind => ({
  table,
  time,
  age: `${monthsBack} months`,
  archive: archiveExpired,
})
const kinds: readonly Kind[] = [
  month('public.post_snapshots', 'captured_at', 60),
  month('public.audit_log', 'occurred_at', 61),
  month('public.webhook_events', 'received_at', 62),
  month('analytics.user_activity', 'created_at', 63),
  {
    table: 'analytics.engagement_by_time',
    time: 'measured_at',
    age: '2 years',
    archive: () => archiveOldRows(place.months.services, 'analytics.engagement_by_time', untilDone),
  },
  {
    table: 'analytics.alert_notifications',
    time: 'triggered_at',
    age: '2 years',
    archive: () => archiveOldRows(place.months.services, 'analytics.alert_notifications', untilDone),
  },
]

test('whatever leaves by the archive is among these', async () => {
  const leaving = await query<{ table: string }>(
    `select table_name as table from app.partitioned_tables where keep is not null
     union all select table_name from app.retained_rows where leaves_by = 'archive' order by 1`,
  )
  expect(kinds.map(({ table }) => table).sort()).toEqual(leaving.map(({ table }) => table))
})

test.each(kinds)(
  'rows of $table come back to the letter, with everything they had',
  async ({ table, time, age, archive }) => {
    if (age.endsWith('months')) {
      await query(`select app.ensure_partitions(now() - interval '${age}', 0)`)
      await query(
        `insert into ${table} select r.* from ${table} t
       cross join lateral jsonb_populate_record(t, jsonb_build_object('${time}', now() - interval '${age}')) r`,
      )
    } else {
      const over = time === 'triggered_at' ? `, status = 'resolved', resolved_at = now()` : ''
      await query(`update ${table} set ${time} = now() - interval '${age}'${over}`)
    }
    const held = await rowsIn(`(select * from ${table} where ${time} < now() - interval '23 months')`)
    expect(held.length).toBeGreaterThan(1)
    const before = new Set((await place.months.records()).map(({ name }) => name))
    await archive()
    const records = await place.months.records()
    const record = records.find(
      ({ name, tableName, rowCount }) => !before.has(name) && tableName === table && rowCount,
    )
    if (!record) throw new Error(`nothing of ${table} was archived`)
    const live = await rowsIn(table)
    const restored = await place.restore(record)
    expect(restored).toEqual({
      table: `partitions.${record.name}_restored`,
      rows: held.length,
      leftOut: new Map(),
    })
    expect(await rowsIn(restored.table)).toEqual(held)
    // Attached to nothing: the table has no more rows than before.
    expect(await rowsIn(table)).toEqual(live)
    expect(await query(`select from pg_inherits where inhrelid = $1::regclass`, [restored.table])).toEqual([])
    await query(`drop table ${restored.table}`)
  },
)

test('a month of many pages comes back whole, and its progress ends at its last row', async () => {
  const record = await place.months.archiveMonth(3_200)
  const told: number[] = []
  expect(await place.restore(record, (rows) => told.push(rows))).toMatchObject({ rows: 3_200 })
  expect(told.at(-1)).toBe(3_200)
  expect(told).toEqual(told.toSorted((one, other) => one - other))
})

test('nobody but the owner of the database reads it', async () => {
  const { table } = await place.restore(await place.months.archiveMonth(4))
  const client = new pg.Client({ connectionString: ownerUrlOf(place.months.matrix.world) })
  await client.connect()
  try {
    expect((await client.query(`select from ${table}`)).rowCount).toBe(4)
  } finally {
    await client.end()
  }
  const readers = await query(
    `select r.rolname as name from pg_roles r where not r.rolsuper and r.rolname !~ '^pg_'
       and has_table_privilege(r.oid, $1::regclass, 'select, insert, update, delete')`,
    [table],
  )
  expect(readers).toEqual([{ name: 'heliograph_owner' }])
  // Should a platform's default privileges open it, the policies that it has not keep it shut.
  expect(
    await query(
      `select relrowsecurity as protected, exists (select from pg_policy where polrelid = c.oid) as opened
       from pg_class c where c.oid = $1::regclass`,
      [table],
    ),
  ).toEqual([{ protected: true, opened: false }])
})

test('lines of the audit log about the installation belong to no workspace and come back', async () => {
  const deleted = '0198f000-0000-7000-8000-00000000dead'
  const installation = '00000000-0000-0000-0000-000000000000'
  await query(`select app.ensure_partitions(now() - interval '70 months', 0)`)
  await query(
    `insert into audit_log (workspace_id, occurred_at, table_name, row_id, operation, acted_as)
     select w, now() - interval '70 months', 'public.users', '1', 'update', 'service_role'
     from unnest($1::uuid[]) w`,
    [[deleted, installation, place.months.matrix.mine.id]],
  )
  await archiveExpired()
  const [found] = await query<{ name: string }>(
    `select 'audit_log_' || to_char((now() - interval '70 months') at time zone 'UTC', 'YYYY_MM') as name`,
  )
  const { table, rows, leftOut } = await place.restore(await place.months.recordOf(found?.name ?? ''))
  expect({ rows, leftOut }).toEqual({ rows: 2, leftOut: new Map([[deleted, 1]]) })
  const owners = await query<{ id: string }>(`select workspace_id as id from ${table} order by 1`)
  expect(owners.map(({ id }) => id)).toEqual([installation, place.months.matrix.mine.id])
})

test('rows of an older version have no value where a column came later, and none is lost where one went', async () => {
  const { mine } = place.months.matrix
  const old = {
    workspace_id: mine.id,
    published_post_id: mine.publishedPostId,
    captured_at: '2020-01-01T00:00:00Z',
  }
  const known = await recordOlder('post_snapshots_2020_01', { ...old, source: 'api', likes: 5 })
  const { table } = await place.restore(known)
  expect(await query(`select likes::int as likes, views, recorded_at from ${table}`)).toEqual([
    { likes: 5, views: null, recorded_at: null },
  ])
  const foreign = await recordOlder('post_snapshots_2020_02', { ...old, likes: 5, applause: 9 })
  await expect(place.restore(foreign)).rejects.toThrow(
    'have columns that public.post_snapshots no longer has (applause), so that restoring them would lose something',
  )
  expect(await place.isThere(foreign)).toBe(false)
})

/** A partition of one row that an older version archived. */
async function recordOlder(name: string, row: object): Promise<ArchiveRecord> {
  const location = `public/post_snapshots/${name}.ndjson.zst`
  const { sha256 } = await writeArchiveFile(
    place.months.folder().storage,
    location,
    Readable.from([[JSON.stringify(row)]]),
  )
  await query(
    `insert into app.partition_archives (partition_name, table_name, row_count, location, archived_rows, sha256,
       archived_at, verified_at, dropped_at)
     values ($1, 'public.post_snapshots', 1, $2, 1, $3, now(), now(), now())`,
    [name, location, sha256],
  )
  return place.months.recordOf(name)
}
