/** A month that has left can be made again and leave again, and what fails to leave holds back nothing else. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openRestoring, type Restoring, untilDone } from '../../../test/archive-restoring.ts'
import { generateMore } from '../../../test/world-of-people.ts'
import { appLogin } from '../../engines.ts'
import type { Storage } from '../../infra/storage/storage.ts'
import { writeArchiveFile } from './archive-file.ts'
import { archiveExpiredPartitions } from './archive-partitions.ts'
import { explainFailure } from './explain-failure.ts'
import { detachPartition } from './queries-archive.ts'

let place: Restoring
beforeAll(async () => {
  place = await openRestoring()
})
afterAll(() => place?.close())

const timeout = 60_000
const query: Restoring['query'] = (sql, parameters) => place.query(sql, parameters)
const archiveWith = (archive: Storage) =>
  archiveExpiredPartitions({ ...place.months.services, archive }, untilDone)

/** As an operator does it; its span, and the month before it, need partitions that have had their time. */
function generate(seed: number) {
  const { world } = place.months.matrix
  const target = { login: appLogin(world), clickhouseUrl: undefined }
  return generateMore(target, { workspaces: 1, posts: 2, days: 90, seed })
}

/** Puts a row of activity into the month that ended longest ago, and gives the name of its partition. */
async function act(eventType: string): Promise<string> {
  const { mine } = place.months.matrix
  const [month] = await query<{ name: string; at: Date }>(
    `select partition_name as name, ends_at - interval '1 day' as at from app.expired_partitions()
     where table_name = 'analytics.user_activity' limit 1`,
  )
  await query(
    `insert into analytics.user_activity (workspace_id, user_id, event_type, created_at) values ($1, $2, $3, $4)`,
    [mine.id, mine.people.viewer, eventType, month?.at],
  )
  return month?.name ?? ''
}

const recordsOf = async (month: string) =>
  (await place.months.records()).filter(({ name }) => name.startsWith(month))

test('a month that generate makes again, while it leaves or after it has left, leaves again; every file is whole and comes back', {
  timeout,
}, async () => {
  await generate(31)
  const month = await act('login')
  await place.months.services.doors.withDispatch((tx) => detachPartition(tx, month))
  // While it is on its way: neither here nor archived.
  expect((await generate(32)).workspaces).toHaveLength(1)
  expect(await act('page_view')).toBe(month)
  await place.months.archiveExpired()
  expect((await generate(33)).workspaces).toHaveLength(1)
  expect(await act('logout')).toBe(month)
  await place.months.archiveExpired()

  // Where there is nothing to generate there is no month to be made.
  expect(await generate(33)).toMatchObject({ workspaces: [], present: 1 })
  expect(await query('select from app.expired_partitions()')).toEqual([])

  // The first of them left empty, before anything was generated.
  const records = await recordsOf(month)
  expect(new Set(records.map(({ file }) => file?.location)).size).toBe(4)
  const told: unknown[] = []
  for (const record of records) {
    const bytes = await readFile(place.months.folder().pathOf(record.file?.location ?? ''))
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(record.file?.sha256)
    const { table, rows } = await place.restore(record)
    expect(rows).toBe(record.rowCount)
    const acted = await query<{ event: string }>(
      `select event_type as event from ${table} where workspace_id = $1`,
      [place.months.matrix.mine.id],
    )
    told.push(...acted.map(({ event }) => event))
  }
  expect(told).toEqual(['login', 'page_view', 'logout'])
})

test('a month that an earlier version archived under its plain name stops nothing, and comes back beside its successor', async () => {
  const month = await place.months.makeExpired(4)
  const location = `public/post_snapshots/${month}.ndjson.zst`
  const { storage } = place.months.folder()
  const { mine } = place.months.matrix
  const row = { workspace_id: mine.id, published_post_id: mine.publishedPostId, source: 'api', likes: 77 }
  const line = JSON.stringify({ ...row, captured_at: '2020-01-01T00:00:00Z' })
  const { sha256 } = await writeArchiveFile(storage, location, Readable.from([[line]]))
  await query(
    `insert into app.partition_archives (partition_name, table_name, row_count, location, archived_rows, sha256,
       archived_at, verified_at, dropped_at)
     values ($1, 'public.post_snapshots', 1, $2, 1, $3, now(), now(), now())`,
    [month, location, sha256],
  )
  await place.months.archiveExpired()
  const records = await recordsOf(month)
  expect(records.map(({ name }) => name === month)).toEqual([true, false])
  const restored = []
  for (const record of records) restored.push((await place.restore(record)).rows)
  expect(restored).toEqual([1, 4])
})

test('a partition that cannot be taken out, and one that cannot be written, hold back no other, and are named', {
  timeout,
}, async () => {
  const held = await place.months.makeExpired(4)
  const unwritable = await place.months.makeExpired(4)
  const well = await place.months.makeExpired(4)
  const { copying } = place.months.matrix
  const { archive } = place.months.services
  await copying.query('begin')
  await copying.query(`lock table partitions.${held} in access share mode`)
  const error: unknown = await archiveWith({
    ...archive,
    async putStream(key, chunks) {
      if (key.includes(unwritable)) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' })
      await archive.putStream(key, chunks)
    },
  }).catch((fault: unknown) => fault)
  await copying.query('rollback')
  expect(String(error)).toMatch(
    new RegExp(
      `2 could not be archived\\. ${held}: .*lock timeout; ${unwritable}_\\d+_\\d+_\\d+: no space left`,
    ),
  )
  expect(explainFailure(error)).toEqual({
    message: expect.stringMatching(
      new RegExp(
        `^${held}, ${unwritable}_\\S+ could not be archived: Another query held .* no space left on the disk`,
      ),
    ),
    remedy: expect.stringContaining('Nothing to do: it is tried again.'),
  })
  expect(await place.months.stateOf(well)).toMatchObject({ there: false, dropped: true })
  await place.months.archiveExpired()
  for (const name of [held, unwritable]) {
    expect(await place.months.stateOf(name)).toMatchObject({ there: false, dropped: true, rows: 4 })
  }
})

test('rows that go with their workspace while their month is written are no fault of the disk', async () => {
  const month = await place.months.makeExpired(20)
  const { doors } = place.months.services
  const withDispatch: typeof doors.withDispatch = async (work) => {
    const found = await doors.withDispatch(work)
    // The count of the month has just been taken.
    if (found === 20) {
      await query('delete from published_posts where workspace_id = $1', [place.months.matrix.theirs.id])
    }
    return found
  }
  const failing = archiveExpiredPartitions(
    { ...place.months.services, doors: { ...doors, withDispatch } },
    untilDone,
  )
  await expect(failing).rejects.toThrow(
    /lost rows while it was written \(20 became 10\).*nothing was dropped/,
  )
  await place.months.archiveExpired()
  expect(await place.months.stateOf(month)).toMatchObject({ dropped: true, rows: 10 })
  expect(await place.months.readRows(month)).toHaveLength(10)
})
