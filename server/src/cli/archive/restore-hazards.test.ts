/** Whatever comes between, a restored table is whole or not there, and holds nobody who was deleted. */
import { rm, truncate } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openRestoring, type Restoring, untilDone } from '../../../test/archive-restoring.ts'
import { eventually } from '../../../test/connected-world.ts'
import { type SeededWorkspace, seedWorkspace } from '../../../test/security/matrix-rows.ts'
import type { ArchiveRecord } from '../../modules/maintenance/index.ts'
import { detachPartition } from '../../modules/maintenance/queries-archive.ts'
import { restoreArchive } from './restore.ts'

let place: Restoring
beforeAll(async () => {
  place = await openRestoring()
})
afterAll(() => place?.close())

const query: Restoring['query'] = (sql, parameters) => place.query(sql, parameters)
const restore: Restoring['restore'] = (...given) => place.restore(...given)
const archiveMonth = (count: number) => place.months.archiveMonth(count)

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
  const { copying } = place.months.matrix
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
  await truncate(place.months.pathOf(record.name), 300)
  await expect(restore(record)).rejects.toThrow(`${place.months.pathOf(record.name)} is damaged`)
  await rm(place.months.pathOf(record.name))
  await expect(restore(record)).rejects.toThrow(`${place.months.pathOf(record.name)} is gone`)
  expect(await place.isThere(record)).toBe(false)
})

test('a file that is damaged between its first reading and its last leaves no table behind', async () => {
  const record = await archiveMonth(3_000)
  const { storage, pathOf } = place.months.folder()
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
    restoreArchive(place.owner, changing, record, { onProgress: () => undefined, signal: untilDone }),
  ).rejects.toThrow('is damaged')
  expect(readings).toBe(2)
  expect(await place.isThere(record)).toBe(false)
})

test('whoever stops it finds nothing half done', async () => {
  const record = await archiveMonth(2_500)
  const stopping = new AbortController()
  await expect(restore(record, () => stopping.abort(), stopping.signal)).rejects.toThrow('aborted')
  expect(await place.isThere(record)).toBe(false)
})

test('rows that have not left the database are not restored beside themselves', async () => {
  const name = await place.months.makeExpired(4)
  await place.months.services.doors.withDispatch((tx) => detachPartition(tx, name))
  const record = await place.months.recordOf(name)
  await expect(restore(record)).rejects.toThrow(
    `${record.name} has not been dropped: its rows are still in the database`,
  )
})

test('a login that owns nothing is refused, and told which one may', async () => {
  const record = await archiveMonth(4)
  await expect(
    restoreArchive(place.months.matrix.withoutDoor, place.months.folder(), record, {
      onProgress: () => undefined,
      signal: untilDone,
    }),
  ).rejects.toThrow('DATABASE_URL has to name the owner of the database')
})

const addWorkspace = (name: string) => seedWorkspace(place.months.matrix.world, name)

/** As `archiveMonth(4)`, with rows of further workspaces. */
const archiveMonthOf = (workspaces: readonly SeededWorkspace[], rowsOfEach: number): Promise<ArchiveRecord> =>
  place.months.archiveMonth(4, async (name) => {
    for (const { id, publishedPostId } of workspaces) {
      await query(
        `insert into post_snapshots (workspace_id, published_post_id, captured_at, source, likes)
         select $1, $2, min(captured_at) + n * interval '1 hour', 'api', n
         from partitions.${name} cross join generate_series(1, $3) n group by n`,
        [id, publishedPostId, rowsOfEach],
      )
    }
  })
