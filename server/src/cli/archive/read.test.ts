/** What is read from the archive is what went into it, or it is said that it is not. */
import { copyFile, mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { Writable } from 'node:stream'
import { zstdCompressSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Months, openMonths } from '../../../test/archive-months.ts'
import { StartRefused } from '../../infra/process/start-refused.ts'
import type { ArchiveRecord } from '../../modules/maintenance/index.ts'
import { detachPartition } from '../../modules/maintenance/queries-archive.ts'
import { pickArchive } from './file-check.ts'
import { readArchive } from './read.ts'

const untilDone = new AbortController().signal
let months: Months
beforeAll(async () => {
  months = await openMonths()
})
afterAll(() => months?.matrix.close())

const archiveMonth: Months['archiveMonth'] = (...given) => months.archiveMonth(...given)

function collector(onWrite: (bytes: Buffer) => Error | undefined = () => undefined) {
  const chunks: Buffer[] = []
  const output = new Writable({
    write(bytes: Buffer, _, done) {
      const fault = onWrite(bytes)
      if (!fault) chunks.push(bytes)
      setImmediate(done, fault)
    },
  })
  return { output, text: () => Buffer.concat(chunks).toString() }
}

const read = (record: ArchiveRecord, output: Writable, workspaceId?: string, signal = untilDone) =>
  readArchive(months.folder(), record, {
    workspaceId,
    output,
    onProgress: () => undefined,
    signal,
  })

async function refusalOf(record: ArchiveRecord, output = collector().output): Promise<string> {
  const refused = await read(record, output).then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(refused).toBeInstanceOf(StartRefused)
  return refused instanceof Error ? refused.message : ''
}

const rowsOf = (text: string) =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))

test('every row comes out as it went in, one a line, long ones too', async () => {
  const { world } = months.matrix
  let held: unknown[] = []
  const record = await archiveMonth(40, async (name) => {
    await world.query(
      `update partitions.${name} set raw = jsonb_build_object('long', repeat('lang ', 80000)) where likes = 3`,
    )
    held = await world.query(
      `select to_jsonb(t) as row from partitions.${name} t order by workspace_id, captured_at`,
    )
  })
  const { output, text } = collector()
  expect(await read(record, output)).toBe(`${record.name}: 40 rows, just what was recorded.`)
  const byOrder = (one: { workspace_id: string; likes: number }) => `${one.workspace_id} ${one.likes + 1_000}`
  const rows = rowsOf(text()).sort((one, other) => (byOrder(one) < byOrder(other) ? -1 : 1))
  expect(rows.map((row) => ({ row }))).toEqual(held)
})

test('a workspace gets its own rows, not those that merely speak of it', async () => {
  const { world, mine, theirs } = months.matrix
  const record = await archiveMonth(40, (name) =>
    world.query(
      `update partitions.${name} set raw = jsonb_build_object('workspace_id', $1::text, 'note', '"workspace_id": "' || $1)
       where workspace_id = $2`,
      [mine.id, theirs.id],
    ),
  )
  const { output, text } = collector()
  expect(await read(record, output, mine.id)).toContain(
    `40 rows, just what was recorded. 20 of them are of workspace`,
  )
  expect(rowsOf(text()).map(({ workspace_id }) => workspace_id)).toEqual(Array(20).fill(mine.id))
})

test('a workspace of which nothing is there gets nothing, and the file is checked all the same', async () => {
  const record = await archiveMonth(10)
  const nobody = '0198f000-0000-7000-8000-000000000000'
  const { output, text } = collector()
  expect(await read(record, output, nobody)).toContain(`0 of them are of workspace ${nobody}.`)
  expect(text()).toBe('')
  await flipByte(months.pathOf(record.name), (size) => size - 1)
  await expect(read(record, output, nobody)).rejects.toThrow('damaged')
})

async function flipByte(path: string, placeOf: (size: number) => number): Promise<void> {
  const bytes = await readFile(path)
  const place = placeOf(bytes.length)
  bytes[place] = (bytes[place] ?? 0) ^ 0x01
  await writeFile(path, bytes)
}

const backup = 'from a backup of the data folder'
const damages: readonly [string, string, (path: string) => Promise<unknown>][] = [
  ['the end is missing', 'is damaged', (path) => truncate(path, 400)],
  ['it is empty', 'is damaged', (path) => truncate(path, 0)],
  [
    'one bit in the middle is another',
    'is damaged',
    (path) => flipByte(path, (size) => Math.floor(size / 2)),
  ],
  ['the last bit is another', 'is damaged', (path) => flipByte(path, (size) => size - 1)],
  [
    'something follows it',
    'is',
    async (path) => writeFile(path, Buffer.concat([await readFile(path), Buffer.from('x')])),
  ],
  [
    'much follows it',
    'is',
    async (path) => writeFile(path, Buffer.concat([await readFile(path), Buffer.alloc(2_000_000)])),
  ],
  [
    'a whole frame follows it',
    'is not the file that was recorded',
    async (path) => writeFile(path, Buffer.concat([await readFile(path), zstdCompressSync('{"likes":1}\n')])),
  ],
  ['it holds something else', 'is not the file', (path) => writeFile(path, zstdCompressSync('a\nb\nc'))],
  ['it was never an archive', 'is damaged', (path) => writeFile(path, 'not an archive')],
  ['it is gone', 'is gone', (path) => rm(path)],
  ['a folder has its place', 'cannot be read (EISDIR)', async (path) => rm(path).then(() => mkdir(path))],
]

describe('the same file', () => {
  let record: ArchiveRecord
  let path: string
  let whole: Buffer
  beforeAll(async () => {
    record = await archiveMonth(60)
    path = months.pathOf(record.name)
    whole = await readFile(path)
  })
  /** As it was, for the next. */
  afterEach(async () => {
    await rm(path, { recursive: true, force: true })
    await writeFile(path, whole)
  })

  test.each(damages)(
    'a file of which %s is refused by its path, with the remedy',
    async (_, words, damage) => {
      await damage(path)
      const said = await refusalOf(record)
      expect(said).toContain(`${path} ${words}`)
      expect(said).toMatch(words.includes('EISDIR') ? 'see whether its disk is well' : backup)
    },
  )

  test('a file that was put back from a backup is read as before', async () => {
    expect(await read(record, collector().output)).toBe(`${record.name}: 60 rows, just what was recorded.`)
  })
})

test('the file of another month is not taken for this one, though it has as many rows', async () => {
  const record = await archiveMonth(30)
  const other = await archiveMonth(30)
  await copyFile(months.pathOf(other.name), months.pathOf(record.name))
  const { output, text } = collector()
  const said = await refusalOf(record, output)
  expect(said).toContain(`${months.pathOf(record.name)} is not the file that was recorded`)
  expect(said).toContain(`the record of ${record.name} says 30 rows, SHA-256 ${record.file?.sha256}`)
  expect(said).toContain('Nothing that was read of it is to be trusted')
  // It was printed before the end could tell; the failure follows it.
  expect(rowsOf(text())).toHaveLength(30)
})

test('a large file goes through piece by piece, and damage at its end follows what was printed', async () => {
  const record = await archiveMonth(8_000)
  let largest = 0
  let printed = 0
  const { output } = collector((bytes) => {
    largest = Math.max(largest, bytes.length)
    printed += bytes.length
    return undefined
  })
  await flipByte(months.pathOf(record.name), (size) => size - 1)
  expect(await refusalOf(record, output)).toContain('is damaged')
  expect(printed).toBeGreaterThan(1_500_000)
  expect(largest).toBeLessThan(150_000)
})

test('a reader that closes the pipe ends it quietly; a full disk does not', async () => {
  const record = await archiveMonth(2_000)
  const failing = (code: string) => {
    let writes = 0
    return collector(() => {
      writes += 1
      return writes > 1 ? Object.assign(new Error(code), { code }) : undefined
    })
  }
  const closed = failing('EPIPE')
  expect(await read(record, closed.output)).toBeUndefined()
  expect(closed.text()).not.toBe('')
  const full = failing('ENOSPC')
  expect(await refusalOf(record, full.output)).toBe(
    'Standard output takes no more (ENOSPC): what was written is not all of the rows.',
  )
})

test('whoever stops it ends it at the next rows', async () => {
  const record = await archiveMonth(2_000)
  const stopping = new AbortController()
  const { output, text } = collector(() => {
    stopping.abort()
    return undefined
  })
  await expect(read(record, output, undefined, stopping.signal)).rejects.toThrow('aborted')
  expect(rowsOf(text()).length).toBeLessThan(2_000)
})

test('rows that have not reached the archive yet are said to be on their way', async () => {
  const name = await months.makeExpired(4)
  await months.services.doors.withDispatch((tx) => detachPartition(tx, name))
  const record = await months.recordOf(name)
  const said = await refusalOf(record)
  expect(said).toContain(`${record.name} has no file in the archive yet: its rows are still in the database`)
})

test('an unknown name is answered with the names there are', async () => {
  const known = await months.records()
  expect(() => pickArchive(known, 'post_snapshots_1999_01')).toThrow(
    `Nothing in the archive is named "post_snapshots_1999_01". There are:\n${known.map(({ name }) => `  ${name}`).join('\n')}`,
  )
  expect(known.length).toBeGreaterThan(3)
  expect(() => pickArchive([], 'a')).toThrow('Nothing is archived yet')
})
