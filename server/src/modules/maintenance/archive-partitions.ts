import { errorCode } from '../../infra/process/error-code.ts'
import type { Services } from '../services.ts'
import { readArchiveFile, writeArchiveFile } from './archive-file.ts'
import { type Attempts, createAttempts } from './attempts.ts'
import { counted, type Outcome } from './duty.ts'
import { withPatience } from './queries.ts'
import {
  detachOldRows,
  detachPartition,
  dropPartition,
  type LeavingPartition,
  listDetachedRows,
  listExpiredPartitions,
  listLeavingPartitions,
  recountPartition,
  updateArchive,
  verifyArchive,
} from './queries-archive.ts'

/** A row with its raw payload is some kilobytes. */
const rowsPerPage = 1_000

/** Tables without partitions whose old rows leave by the archive; see app.retained_rows. */
export type RowTable = 'analytics.alert_notifications' | 'analytics.engagement_by_time'
const rowTables: readonly string[] = [
  'analytics.alert_notifications',
  'analytics.engagement_by_time',
] satisfies RowTable[]

/**
 * Takes every partition that has expired out of its table, and all that was taken out into the archive. One that fails
 * holds back no other; the run fails all the same, and says which.
 */
export async function archiveExpiredPartitions(services: Services, signal: AbortSignal): Promise<Outcome> {
  const attempts = createAttempts(signal, 'could not be archived')
  const expired = await services.doors.withDispatch((tx) => listExpiredPartitions(tx, services.clock.now()))
  for (const name of expired) {
    await attempts.attempt(name, () => withPatience(services.doors, (tx) => detachPartition(tx, name)))
  }
  return archiveLeaving(services, (tableName) => !rowTables.includes(tableName), signal, attempts)
}

/** The same for the rows of a table without partitions. */
export async function archiveOldRows(
  services: Services,
  tableName: RowTable,
  signal: AbortSignal,
): Promise<Outcome> {
  const attempts = createAttempts(signal, 'could not be archived')
  await attempts.attempt(tableName, () => withPatience(services.doors, (tx) => detachOldRows(tx, tableName)))
  return archiveLeaving(services, (leavingFrom) => leavingFrom === tableName, signal, attempts)
}

async function archiveLeaving(
  services: Services,
  isOurs: (tableName: string) => boolean,
  signal: AbortSignal,
  attempts: Attempts,
): Promise<Outcome> {
  const all = await services.doors.withDispatch(listLeavingPartitions)
  const leaving = all.filter(({ tableName }) => isOurs(tableName))
  const details: string[] = []
  let rows = 0
  for (const partition of leaving) {
    await attempts.attempt(partition.name, async () => {
      const archived = await archivePartition(services, partition, signal)
      rows += archived
      details.push(`${partition.name}: ${counted(archived, 'row')}.`)
    })
  }
  attempts.end()
  if (!leaving.length) return { summary: 'Nothing had had its time.' }
  const summary = `Archived ${counted(rows, 'row')} of ${counted(leaving.length, 'partition')}, read back and dropped.`
  return { summary, details }
}

/**
 * Brings one detached partition into the archive and drops it. Each step is a transaction or a file of its own, and
 * the next run goes on wherever this one ends: an archive that was recorded is read back once more, a file that is
 * missing, damaged or not what was recorded is written anew, and nothing is dropped before this very run has read the
 * file to its end. Returns how many rows it had.
 */
async function archivePartition(
  services: Services,
  partition: LeavingPartition,
  signal: AbortSignal,
): Promise<number> {
  const { doors, archive, log } = services
  const { name, rowCount } = partition
  if (partition.archive) {
    const read = await readArchiveFile(archive, partition.archive.location)
    if (read?.rows === rowCount && (await doors.withDispatch((tx) => verifyArchive(tx, name, read)))) {
      // The drop itself compares the count once more: rows go with their workspace.
      if (await isDropped(services, name)) return rowCount
    }
    log.warn({ partition: name }, 'an archive is not what was written and is written anew')
  }
  const held = await withPatience(doors, (tx) => recountPartition(tx, name))
  const location = `${partition.tableName.replace('.', '/')}/${name}.ndjson.zst`
  const written = await writeArchiveFile(archive, location, pagesOf(services, name, signal))
  await doors.withDispatch((tx) => updateArchive(tx, name, { location, ...written }))
  const read = await readArchiveFile(archive, location)
  const verified = read && (await doors.withDispatch((tx) => verifyArchive(tx, name, read)))
  // Rows go with their workspace, and the count is of before.
  if (!verified && read?.rows === written.rows && read.sha256 === written.sha256) {
    throw new Error(
      `${name} lost rows while it was written (${held} became ${read.rows}), as happens when a workspace is deleted: nothing was dropped, and the next run writes it anew.`,
    )
  }
  if (!verified) {
    throw new Error(
      `The archive of ${name} does not read back as it was written (${read?.rows ?? 'no'} of ${held} rows): nothing was dropped. Check the disk under the archive.`,
    )
  }
  await withPatience(doors, (tx) => dropPartition(tx, name))
  return held
}

async function isDropped({ doors, log }: Services, name: string): Promise<boolean> {
  try {
    await withPatience(doors, (tx) => dropPartition(tx, name))
    return true
  } catch (error) {
    if (errorCode(error) !== refused) throw error
    log.warn({ partition: name, err: error }, 'a partition no longer has the rows of its archive')
    return false
  }
}

/** The SQLSTATE by which our functions refuse to let go of rows. */
const refused = 'HG003'

async function* pagesOf({ doors }: Services, name: string, signal: AbortSignal) {
  let after: unknown
  while (true) {
    signal.throwIfAborted()
    const page = await withPatience(doors, (tx) => listDetachedRows(tx, name, after, rowsPerPage))
    yield page.map(({ text }) => text)
    if (page.length < rowsPerPage) return
    after = page.at(-1)?.key
  }
}
