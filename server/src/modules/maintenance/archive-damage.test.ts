/** A damaged archive is noticed before anything is dropped. */
import { readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Killed, type Months, openMonths } from '../../../test/archive-months.ts'
import type { Storage } from '../../infra/storage/storage.ts'
import type { Services } from '../services.ts'
import { archiveExpiredPartitions } from './archive-partitions.ts'

const untilDone = new AbortController().signal
let months: Months
let services: Services
beforeAll(async () => {
  months = await openMonths()
  services = months.services
})
afterAll(() => months?.matrix.close())

/** Dies when the file is written and recorded, before it is read back. */
async function writeOnly(name: string): Promise<void> {
  const archive: Storage = {
    ...services.archive,
    async *getStream(key) {
      if (key.includes(name)) throw new Killed()
      yield* services.archive.getStream(key)
    },
  }
  await expect(archiveExpiredPartitions({ ...services, archive }, untilDone)).rejects.toMatchObject({
    failures: [{ name: expect.stringContaining(name), error: expect.any(Killed) }],
  })
  expect(await months.stateOf(name)).toMatchObject({
    there: true,
    dropped: false,
    sha256: expect.any(String),
  })
}

const damages: readonly [string, (path: string) => Promise<void>][] = [
  ['one byte is another', async (path) => flipByte(path, (size) => Math.floor(size / 2))],
  ['the last byte is another', async (path) => flipByte(path, (size) => size - 1)],
  ['the end is missing', async (path) => truncate(path, 40)],
  ['it is empty', async (path) => truncate(path, 0)],
  ['it is gone', async (path) => rm(path)],
  ['it is another file', async (path) => writeFile(path, 'not an archive')],
]

async function flipByte(path: string, placeOf: (size: number) => number): Promise<void> {
  const bytes = await readFile(path)
  const place = placeOf(bytes.length)
  bytes[place] = (bytes[place] ?? 0) ^ 0xff
  await writeFile(path, bytes)
}

test.each(damages)(
  'an archive of which %s is noticed and written anew before anything is dropped',
  async (_, damage) => {
    const name = await months.makeExpired(60)
    await writeOnly(name)
    await damage(months.pathOf(name))
    await archiveExpiredPartitions(services, untilDone)
    expect(await months.stateOf(name)).toMatchObject({ there: false, dropped: true })
    expect(await months.readRows(name)).toHaveLength(60)
  },
)

test.each(damages)(
  'even after it was verified, an archive of which %s is never followed by a drop',
  async (_, damage) => {
    const name = await months.makeExpired(60)
    await writeOnly(name)
    await months.matrix.world.query(
      `select app.verify_partition_archive(partition_name, row_count, sha256) from app.partition_archives
     where starts_with(partition_name, $1)`,
      [name],
    )
    await damage(months.pathOf(name))
    await archiveExpiredPartitions(services, untilDone)
    expect(await months.stateOf(name)).toMatchObject({ there: false, dropped: true })
    expect(await months.readRows(name)).toHaveLength(60)
  },
)

test('while the disk gives back something else than was written, nothing is dropped and somebody is told', async () => {
  const name = await months.makeExpired(60)
  const archive: Storage = {
    ...services.archive,
    async *getStream(key) {
      for await (const chunk of services.archive.getStream(key)) {
        const copy = Buffer.from(chunk)
        copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1
        yield copy
      }
    },
  }
  for (let time = 0; time < 2; time += 1) {
    await expect(archiveExpiredPartitions({ ...services, archive }, untilDone)).rejects.toThrow(
      /does not read back as it was written.*nothing was dropped/,
    )
  }
  expect(await months.stateOf(name)).toMatchObject({ there: true, dropped: false })
  const left = await months.recordOf(name)
  expect(await months.matrix.world.query(`select from partitions.${left.name}`)).toHaveLength(60)
  await archiveExpiredPartitions(services, untilDone)
  expect(await months.readRows(name)).toHaveLength(60)
})

test('rows of a workspace that is deleted on the way do not stay behind in the archive', async () => {
  const name = await months.makeExpired(20)
  await writeOnly(name)
  expect(await months.readRows(name)).toHaveLength(20)
  await months.matrix.world.query('delete from published_posts where workspace_id = $1', [
    months.matrix.theirs.id,
  ])
  await archiveExpiredPartitions(services, untilDone)
  expect(await months.stateOf(name)).toMatchObject({ there: false, dropped: true, rows: 10 })
  const rows = await months.readRows(name)
  expect(new Set(rows.map(({ workspace_id }) => workspace_id))).toEqual(new Set([months.matrix.mine.id]))
  expect(rows).toHaveLength(10)
})
