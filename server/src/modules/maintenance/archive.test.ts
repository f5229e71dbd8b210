/** Rows leave the database through the archive whole and once. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Months, openMonths } from '../../../test/archive-months.ts'
import type { Storage } from '../../infra/storage/storage.ts'
import type { Services } from '../services.ts'
import { archiveExpiredPartitions, archiveOldRows } from './archive-partitions.ts'

const untilDone = new AbortController().signal
let months: Months
let services: Services
beforeAll(async () => {
  months = await openMonths()
  services = months.services
})
afterAll(() => months?.matrix.close())

test('a month is archived row by row, read back, and only then gone', async () => {
  const name = await months.makeExpired(2_600)
  const held = await months.matrix.world.query<{ row: unknown }>(
    `select to_jsonb(t) as row from partitions.${name} t`,
  )
  const outcome = await archiveExpiredPartitions(services, untilDone)
  expect(outcome.summary).toMatch(/^Archived 2,600 rows of \d partitions, read back and dropped\.$/)
  const sorted = (rows: readonly unknown[]) => rows.map((row) => JSON.stringify(row)).sort()
  const bytes = await readFile(months.pathOf(name))
  const lines = zstdDecompressSync(bytes).toString().split('\n').slice(0, -1)
  expect(lines).toHaveLength(2_600)
  const asStored = lines.map((line) => JSON.parse(line))
  expect(sorted(asStored.map(withSortedKeys))).toEqual(sorted(held.map(({ row }) => withSortedKeys(row))))
  expect(await months.stateOf(name)).toEqual({
    there: false,
    dropped: true,
    rows: 2_600,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  })
  // Payloads repeat themselves: that is why they are compressed.
  expect(bytes.length * 5).toBeLessThan(lines.join('\n').length)
  expect((await archiveExpiredPartitions(services, untilDone)).summary).toBe('Nothing had had its time.')
})

const withSortedKeys = (row: unknown) =>
  Object.fromEntries(Object.entries(Object(row)).toSorted(([one], [other]) => (one < other ? -1 : 1)))

test('a full disk leaves no half a file, and the rows where they are', async () => {
  const name = await months.makeExpired(10)
  const archive: Storage = {
    ...services.archive,
    putStream: (key, chunks) =>
      services.archive.putStream(
        key,
        (async function* () {
          for await (const chunk of chunks) yield chunk.subarray(0, 5)
          throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
        })(),
      ),
  }
  await expect(archiveExpiredPartitions({ ...services, archive }, untilDone)).rejects.toThrow('no space')
  expect((await readdir(dirname(months.pathOf(name)))).filter((file) => file.startsWith(name))).toEqual([])
  const left = await months.recordOf(name)
  expect(await months.matrix.world.query(`select from partitions.${left.name}`)).toHaveLength(10)
  await archiveExpiredPartitions(services, untilDone)
  expect(await months.readRows(name)).toHaveLength(10)
})

test('alerts that are over for 90 days go to the archive; younger and active ones stay', async () => {
  const { world, mine } = months.matrix
  const ages = `(values ('resolved', 91), ('acknowledged', 400), ('resolved', 89), ('active', 400)) as a (status, days)`
  await world.query('delete from analytics.alert_notifications')
  await world.query(
    `insert into analytics.alert_notifications (workspace_id, alert_rule_id, triggered_at, status, severity, alert_message,
       acknowledged_at, resolved_at)
     select r.workspace_id, r.id, now() - a.days * interval '1 day', a.status::alert_status, 'info', 'note ' || a.days,
       now(), now()
     from ${ages} cross join (select * from analytics.alert_rules where workspace_id = $1 limit 1) r`,
    [mine.id],
  )
  const outcome = await archiveOldRows(services, 'analytics.alert_notifications', untilDone)
  expect(outcome.summary).toMatch(/^Archived 2 rows of 1 partition/)
  const left = await world.query<{ message: string }>(
    'select alert_message as message from analytics.alert_notifications order by 1',
  )
  expect(left).toEqual([{ message: 'note 400' }, { message: 'note 89' }])
  const [kept] = await world.query<{ location: string }>(
    `select location from app.partition_archives where table_name = 'analytics.alert_notifications'`,
  )
  const file = await readFile(join(world.dataDirectory, 'archive', kept?.location ?? ''))
  const messages = zstdDecompressSync(file)
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).alert_message)
  expect(messages.sort()).toEqual(['note 400', 'note 91'])
  const again = await archiveOldRows(services, 'analytics.alert_notifications', untilDone)
  expect(again.summary).toBe('Nothing had had its time.')
})
