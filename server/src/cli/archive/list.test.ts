import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ArchiveRecord } from '../../modules/maintenance/index.ts'
import { openArchiveFolder } from './file-check.ts'
import { listText, sizeText } from './list.ts'

let data: string
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'heliograph-list-'))
  await mkdir(join(data, 'archive/public/post_snapshots'), { recursive: true })
  await writeFile(
    join(data, 'archive/public/post_snapshots/post_snapshots_2024_03.ndjson.zst'),
    'x'.repeat(12_345),
  )
})
afterAll(() => rm(data, { recursive: true, force: true }))

const now = new Date('2026-05-01T12:34:56Z')
const list = (records: readonly ArchiveRecord[]) => listText(records, openArchiveFolder(data), now)
const archived: ArchiveRecord = {
  name: 'post_snapshots_2024_03',
  tableName: 'public.post_snapshots',
  rowCount: 2_600,
  detachedAt: new Date('2025-04-01T03:45:01Z'),
  file: { location: 'public/post_snapshots/post_snapshots_2024_03.ndjson.zst', sha256: 'a'.repeat(64) },
  verifiedAt: new Date('2025-04-01T03:46:02Z'),
  droppedAt: new Date('2025-04-01T03:47:03Z'),
}
const columnsOf = (line: string | undefined) => line?.trim().split(/ {2,}/)

test('a line tells what it is, of when, how much, and what became of it', async () => {
  const [head, line, , total] = (await list([archived])).split('\n')
  expect(columnsOf(head)).toEqual([
    'name',
    'table',
    'period',
    'rows',
    'file',
    'taken out',
    'verified',
    'dropped',
  ])
  expect(columnsOf(line)).toEqual([
    'post_snapshots_2024_03',
    'public.post_snapshots',
    '2024-03',
    '2,600',
    '12.3 kB',
    '2025-04-01 03:45',
    '2025-04-01 03:46',
    '2025-04-01 03:47',
  ])
  expect(total).toBe('2,600 rows in 12.3 kB. Times are UTC.')
})

test('what is on its way says how far it is, and old rows without a month say so', async () => {
  const leaving = { ...archived, file: null, verifiedAt: null, droppedAt: null }
  const name = 'alert_notifications_20260401_034500_123456'
  const lines = (await list([leaving, { ...leaving, name }])).split('\n')
  expect(columnsOf(lines[1])?.slice(4)).toEqual(['not yet', '2025-04-01 03:45', 'not yet', 'not yet'])
  expect(columnsOf(lines[2])?.slice(0, 3)).toEqual([name, 'public.post_snapshots', 'old rows'])
})

test('a file that is gone is named with the remedy, and the rest is listed all the same', async () => {
  const location = 'public/post_snapshots/post_snapshots_2024_04.ndjson.zst'
  const gone = { ...archived, name: 'post_snapshots_2024_04', file: { location, sha256: 'b'.repeat(64) } }
  const text = await list([archived, gone])
  expect(columnsOf(text.split('\n')[2])?.[4]).toBe('gone')
  expect(text).toContain(`${join(data, 'archive', location)} is gone: put it back from a backup.`)
  expect(text).toContain('12.3 kB')
})

test('before anything is archived it says what will be, and when', async () => {
  const text = await list([])
  expect(text).toContain('Nothing is archived yet.')
  expect(text).toMatch(/snapshots \(1 year\).*to the archive.*\n {2}Next on 2026-05-02 03:45 UTC\./)
  expect(text).toMatch(/alerts that have been over for 90 days.*\n {2}Next on 2026-05-02 03:38 UTC\./)
  expect(text).toMatch(/engagement by hour.*\n {2}Next on 2026-06-01 04:47 UTC\./)
})

test('sizes are told in the unit that fits', () => {
  expect([0, 999, 1_000, 12_345_678, 5e12, 7e15].map(sizeText)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '12.3 MB',
    '5.0 TB',
    '7000.0 TB',
  ])
})
