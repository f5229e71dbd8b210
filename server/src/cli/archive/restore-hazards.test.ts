/** Whatever comes between, a restored table is whole or not there, and holds nobody who was deleted. */
import { rm, truncate } from 'node:fs/promises'
import type { Kysely } from 'kysely'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Months, openMonths } from '../../../test/archive-months.ts'
import { eventually } from '../../../test/connected-world.ts'
import { type SeededWorkspace, seedWorkspace } from '../../../test/security/matrix-rows.ts'
import { createLog } from '../../infra/log.ts'
import { createKysely, createPool } from '../../infra/postgres/pool.ts'
import type { DB } from '../../infra/postgres/schema.generated.ts'
import { archiveExpiredPartitions } from '../../modules/maintenance/archive-partitions.ts'
import { type ArchiveRecord, listArchives } from '../../modules/maintenance/index.ts'
import { detachPartition } from '../../modules/maintenance/queries-archive.ts'
import { openArchiveFolder, pickArchive } from './file-check.ts'
import { restoreArchive } from './restore.ts'

const untilDone = new AbortController().signal
let months: Months
let owner: Kysely<DB>
beforeAll(async () => {
  months = await openMonths()
  owner = createKysely(
    createPool(months.matrix.world.owner, { name: 'restoring', max: 3, log: createLog('silent') }),
  )
})
afterAll(async () => {
  await owner?.destroy()
  await months?.matrix.close()
})

const query = <Row extends pg.QueryResultRow>(sql: string, parameters?: unknown[]) =>
  months.matrix.world.query<Row>(sql, parameters)
const folder = () => openArchiveFolder(months.matrix.world.dataDirectory)
const recordOf = async (name: string) =>
  pickArchive(await months.services.doors.withDispatch(listArchives), name)

async function archiveMonth(count: number): Promise<ArchiveRecord> {
  const name = await months.makeExpired(count)
  await archiveExpiredPartitions(months.services, untilDone)
  return recordOf(name)
}

const restore = (
  record: ArchiveRecord,
  onProgress: (rows: number) => void = () => undefined,
  signal = untilDone,
) => restoreArchive(owner, folder(), record, { onProgress, signal })

const isThere = async (record: ArchiveRecord) =>
  (
    await query<{ there: boolean }>(`select to_regclass($1) is not null as there`, [
      `partitions.${record.name}_restored`,
    ])
  )[0]?.there

test('rows of workspaces that were deleted since stay out and are counted; later they go with their workspace', async () => {
  const gone = await addWorkspace('gone')
  const leaving = await addWorkspace('leaving')
  const record = await archiveMonthOf([gone, leaving], 3)
  await query('delete from workspaces where id = $1', [gone.id])
  const { table, rows, leftOut } = await restore(record)
  expect({ rows, leftOut }).toEqual({ rows: 7, leftOut: new Map([[gone.id, 3]]) })
  expect(await query(`select from ${table} where workspace_id = $1`, [leaving.id])).toHaveLength(3)
  await query('delete from workspaces where id = $1', [leaving.id])
  expect(await query(`select from ${table}`)).toHaveLength(4)
  expect(await query(`select from ${table} where workspace_id = $1`, [leaving.id])).toHaveLength(0)
})

test('a workspace that is deleted while its rows are put back leaves none behind', async () => {
  const leaving = await addWorkspace('fleeting')
  const record = await archiveMonthOf([leaving], 3)
  const { copying } = months.matrix
  await copying.query('begin')
  await copying.query('delete from workspaces where id = $1', [leaving.id])
  const restoring = restore(record)
  // It has put the rows in and waits for the end of the deletion, to bind them.
  await eventually(
    () => query(`select from pg_locks where relation = 'public.workspaces'::regclass and not granted`),
    (waiting) => waiting.length === 1,
  )
  await copying.query('commit')
  const { table, rows, leftOut } = await restoring
  expect({ rows, leftOut }).toEqual({ rows: 4, leftOut: new Map([[leaving.id, 3]]) })
  expect(await query(`select from ${table} where workspace_id = $1`, [leaving.id])).toHaveLength(0)
})

test('what is there already is not restored over, and can be restored anew once it is dropped', async () => {
  const record = await archiveMonth(4)
  const { table } = await restore(record)
  await query(`update ${table} set likes = 77`)
  await expect(restore(record)).rejects.toThrow(
    `${table} is there already. To restore it anew, drop it first`,
  )
  expect(await query(`select from ${table} where likes = 77`)).toHaveLength(4)
  await query(`drop table ${table}`)
  expect(await restore(record)).toMatchObject({ rows: 4 })
})

test('of two who restore the same at once, one does', async () => {
  const record = await archiveMonth(2_000)
  const outcomes = await Promise.allSettled([restore(record), restore(record)])
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  const refused = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [String(outcome.reason)] : [],
  )
  expect(refused[0]).toMatch(/is being restored at this moment|is there already/)
  expect(await query(`select from partitions.${record.name}_restored`)).toHaveLength(2_000)
})

test('a file that is damaged, gone or of another month leaves no table behind', async () => {
  const record = await archiveMonth(60)
  const other = await archiveMonth(60)
  const swapped = {
    ...record,
    file: other.file && record.file && { ...other.file, sha256: record.file.sha256 },
  }
  await expect(restore(swapped)).rejects.toThrow('is not the file that was recorded')
  await truncate(months.pathOf(record.name), 300)
  await expect(restore(record)).rejects.toThrow(`${months.pathOf(record.name)} is damaged`)
  await rm(months.pathOf(record.name))
  await expect(restore(record)).rejects.toThrow(`${months.pathOf(record.name)} is gone`)
  expect(await isThere(record)).toBe(false)
})

test('a file that is damaged between its first reading and its last leaves no table behind', async () => {
  const record = await archiveMonth(3_000)
  const { storage, pathOf } = folder()
  let readings = 0
  const changing = {
    pathOf,
    storage: {
      ...storage,
      async *getStream(key: string) {
        readings += 1
        for await (const chunk of storage.getStream(key)) {
          yield readings === 1 ? chunk : Buffer.from(chunk).fill(7, chunk.length - 2)
        }
      },
    },
  }
  await expect(
    restoreArchive(owner, changing, record, { onProgress: () => undefined, signal: untilDone }),
  ).rejects.toThrow('is damaged')
  expect(readings).toBe(2)
  expect(await isThere(record)).toBe(false)
})

test('whoever stops it finds nothing half done', async () => {
  const record = await archiveMonth(6_000)
  const stopping = new AbortController()
  await expect(restore(record, () => stopping.abort(), stopping.signal)).rejects.toThrow('aborted')
  expect(await isThere(record)).toBe(false)
})

test('rows that have not left the database are not restored beside themselves', async () => {
  const name = await months.makeExpired(4)
  await months.services.doors.withDispatch((tx) => detachPartition(tx, name))
  await expect(restore(await recordOf(name))).rejects.toThrow(
    `${name} has not been dropped: its rows are still in the database`,
  )
})

test('a login that owns nothing is refused, and told which one may', async () => {
  const record = await archiveMonth(4)
  await expect(
    restoreArchive(months.matrix.withoutDoor, folder(), record, {
      onProgress: () => undefined,
      signal: untilDone,
    }),
  ).rejects.toThrow('DATABASE_URL has to name the owner of the database')
})

const addWorkspace = (name: string) => seedWorkspace(months.matrix.world, name)

/** As `archiveMonth(4)`, with rows of further workspaces. */
async function archiveMonthOf(
  workspaces: readonly SeededWorkspace[],
  rowsOfEach: number,
): Promise<ArchiveRecord> {
  const name = await months.makeExpired(4)
  for (const { id, publishedPostId } of workspaces) {
    await query(
      `insert into post_snapshots (workspace_id, published_post_id, captured_at, source, likes)
       select $1, $2, min(captured_at) + n * interval '1 hour', 'api', n
       from partitions.${name} cross join generate_series(1, $3) n group by n`,
      [id, publishedPostId, rowsOfEach],
    )
  }
  await archiveExpiredPartitions(months.services, untilDone)
  return recordOf(name)
}
