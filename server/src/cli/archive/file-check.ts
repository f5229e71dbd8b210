/** Reading a file of the archive against its record, and what to tell whoever asked for it where the two differ. */
import { join, resolve } from 'node:path'
import { errorCode } from '../../infra/process/error-code.ts'
import { StartRefused } from '../../infra/process/start-refused.ts'
import { createFolderStorage, type Storage } from '../../infra/storage/storage.ts'
import { type ArchiveRecord, ArchiveUnreadable, readArchiveRows } from '../../modules/maintenance/index.ts'
import { grouped } from '../progress.ts'

export interface ArchiveFolder {
  readonly storage: Storage
  /** For people: where the file of a location lies. */
  pathOf(location: string): string
}

export function openArchiveFolder(dataDirectory: string): ArchiveFolder {
  const folder = resolve(dataDirectory, 'archive')
  return { storage: createFolderStorage(folder), pathOf: (location) => join(folder, location) }
}

/** Refuses a name that is not recorded, with those that are. */
export function pickArchive(records: readonly ArchiveRecord[], name: string): ArchiveRecord {
  const found = records.find((record) => record.name === name)
  if (found) return found
  const known = records.length
    ? `There are:\n${records.map((record) => `  ${record.name}`).join('\n')}`
    : 'Nothing is archived yet: "npm run heliograph -- archive" says what will be, and when.'
  throw new StartRefused(`Nothing in the archive is named "${name}". ${known}`)
}

/**
 * Hands over the rows of a recorded file as they are read; returns only where they were all there is, and what was
 * recorded. Refuses any other file by its path, with the remedy.
 */
export async function readRecordedFile(
  { storage, pathOf }: ArchiveFolder,
  { name, rowCount, file }: ArchiveRecord,
  take: (rows: readonly Uint8Array[]) => Promise<void>,
): Promise<void> {
  if (!file) {
    throw new StartRefused(
      `${name} has no file in the archive yet: its rows are still in the database. The duty "Archive what has had its ` +
        'time" brings them there; see its last run on the page /operations.',
    )
  }
  const path = pathOf(file.location)
  const read = await readArchiveRows(storage, file.location, take).catch((error: unknown) => {
    throw explained(error, path)
  })
  if (read.rows === rowCount && read.sha256 === file.sha256) return
  const found = `${grouped(read.rows)} rows, SHA-256 ${read.sha256}`
  const recorded = `${grouped(rowCount)} rows, SHA-256 ${file.sha256}`
  throw new StartRefused(
    `${path} is not the file that was recorded (it has ${found}; the record of ${name} says ${recorded}). ${remedy}`,
  )
}

const remedy =
  'Put this file back from a backup of the data folder, then run this again. Nothing that was read of it is to be trusted.'

function explained(error: unknown, path: string): unknown {
  if (error instanceof ArchiveUnreadable) {
    if (error.fault === 'damaged') {
      return new StartRefused(`${path} is damaged: it cannot be unpacked to its end. ${remedy}`, {
        cause: error,
      })
    }
    return new StartRefused(
      `${path} is gone. Put it back from a backup of the data folder, or set HELIOGRAPH_DATA to the folder whose ` +
        'archive/ holds it, then run this again.',
      { cause: error },
    )
  }
  const code = errorCode(error)
  if (!code || !fileCodes.includes(code)) return error
  return new StartRefused(
    `${path} cannot be read (${code}). Give the account that runs this command the right to read it, and see whether ` +
      'its disk is well; then run this again.',
    { cause: error },
  )
}

/** What the operating system says of a file that it does not give away. */
export const fileCodes: readonly string[] = [
  'EACCES',
  'EPERM',
  'EIO',
  'EISDIR',
  'ENOTDIR',
  'ELOOP',
  'EMFILE',
  'ESTALE',
]
