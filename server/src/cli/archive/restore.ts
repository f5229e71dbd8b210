/** `heliograph archive restore <name>`: the rows of a dropped partition in a table of their own. */
import type { Kysely } from 'kysely'
import type { Tx } from '../../infra/postgres/doors.ts'
import type { DB } from '../../infra/postgres/schema.generated.ts'
import { errorCode } from '../../infra/process/error-code.ts'
import { StartRefused } from '../../infra/process/start-refused.ts'
import type { ArchiveRecord } from '../../modules/maintenance/index.ts'
import { type ArchiveFolder, readRecordedFile } from './file-check.ts'
import {
  bindToWorkspaces,
  countRestored,
  createRestoredTable,
  findUnknownColumns,
  insertRows,
  isRestored,
  lockRestoring,
  removeRowsOfDeleted,
  waitLong,
} from './restore-queries.ts'

export interface Restored {
  /** Schema and name. */
  readonly table: string
  readonly rows: number
  /** Rows that stayed out, by workspaces that were deleted since. */
  readonly leftOut: ReadonlyMap<string, number>
}

export interface RestoreOptions {
  readonly onProgress: (rows: number) => void
  readonly signal: AbortSignal
}

const rowsPerInsert = 1_000
const bytesPerInsert = 4 * 1_048_576

/**
 * `db` is of the login that owns the database: nobody else makes tables. All of it is one transaction, and the table is
 * attached to nothing. The file is read twice: once before the first row goes in, so that a damaged one costs nothing, and
 * once with its rows, so that what went in is what was recorded.
 */
export async function restoreArchive(
  db: Kysely<DB>,
  folder: ArchiveFolder,
  record: ArchiveRecord,
  { onProgress, signal }: RestoreOptions,
): Promise<Restored> {
  const name = `${record.name}_restored`
  if (!record.droppedAt) {
    throw new StartRefused(
      `${record.name} has not been dropped: its rows are still in the database, in partitions.${record.name}.`,
    )
  }
  await readRecordedFile(folder, record, async () => signal.throwIfAborted())
  const restoring = db.transaction().execute(async (tx): Promise<Restored> => {
    await waitLong(tx)
    if (!(await lockRestoring(tx, name))) {
      throw new StartRefused(`${record.name} is being restored at this moment, by somebody else.`)
    }
    if (await isRestored(tx, name)) {
      throw new StartRefused(
        `partitions.${name} is there already. To restore it anew, drop it first: drop table partitions.${name};`,
      )
    }
    await createRestoredTable(tx, name, record.tableName)
    const filling = createFilling(tx, name, record)
    let read = 0
    await readRecordedFile(folder, record, async (rows) => {
      signal.throwIfAborted()
      await filling.add(rows)
      read += rows.length
      onProgress(read)
    })
    const { present, leftOut } = await filling.end()
    if (await bindToWorkspaces(tx, name, record.tableName)) {
      addAll(leftOut, await removeRowsOfDeleted(tx, name, present))
    }
    const rows = await countRestored(tx, name)
    const stayedOut = [...leftOut.values()].reduce((sum, count) => sum + count, 0)
    if (rows + stayedOut !== record.rowCount) {
      throw new Error(`${name} has ${rows} rows and ${stayedOut} stayed out of ${record.rowCount}`)
    }
    signal.throwIfAborted()
    return { table: `partitions.${name}`, rows, leftOut }
  })
  return restoring.catch((error: unknown) => {
    const reason = refusals[errorCode(error) ?? '']
    throw reason ? new StartRefused(`${reason} Nothing was put back.`, { cause: error }) : error
  })
}

/** By the codes of PostgreSQL. */
const refusals: Readonly<Record<string, string>> = {
  '42501': 'This login may not make tables: DATABASE_URL has to name the owner of the database.',
  '53100': 'The database has no space left on its disk: free some, then run this again.',
  '55P03': 'Another transaction held the workspaces for too long: run this again.',
}

/** Collects rows until they are worth an insert. */
function createFilling(tx: Tx, name: string, record: ArchiveRecord) {
  const present = new Set<string>()
  const leftOut = new Map<string, number>()
  let waiting: string[] = []
  let waitingBytes = 0
  const flush = async () => {
    const [first] = waiting
    if (first === undefined) return
    const unknown = await findUnknownColumns(tx, name, first)
    if (unknown.length) throw new StartRefused(unknownText(record, unknown))
    const inserted = await insertRows(tx, name, waiting)
    for (const workspaceId of inserted.present) present.add(workspaceId)
    addAll(leftOut, inserted.leftOut)
    waiting = []
    waitingBytes = 0
  }
  return {
    async add(rows: readonly Uint8Array[]) {
      for (const row of rows) {
        waiting.push(Buffer.from(row.buffer, row.byteOffset, row.byteLength).toString())
        waitingBytes += row.byteLength
        if (waiting.length >= rowsPerInsert || waitingBytes >= bytesPerInsert) await flush()
      }
    },
    async end() {
      await flush()
      return { present, leftOut }
    },
  }
}

function addAll(counts: Map<string, number>, more: ReadonlyMap<string, number>): void {
  for (const [key, count] of more) counts.set(key, (counts.get(key) ?? 0) + count)
}

const unknownText = ({ name, tableName }: ArchiveRecord, columns: readonly string[]) =>
  `The rows of ${name} have columns that ${tableName} no longer has (${columns.join(', ')}), so that restoring them would ` +
  `lose something. Nothing was put back; "npm run heliograph -- archive read ${name}" prints them as they were.`
