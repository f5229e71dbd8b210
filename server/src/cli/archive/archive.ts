/** `heliograph archive`: what has left the database, and the ways to get it back. */
import { resolve } from 'node:path'
import { createDoors } from '../../infra/postgres/doors.ts'
import { createKysely, createPool, type Login } from '../../infra/postgres/pool.ts'
import { type ArchiveRecord, listArchives } from '../../modules/maintenance/index.ts'
import type { CommandContext } from '../command.ts'
import { createProgressLine, grouped } from '../progress.ts'
import { endAsStopped } from '../stopped.ts'
import type { ArchiveRequest } from './arguments.ts'
import { type ArchiveFolder, openArchiveFolder, pickArchive } from './file-check.ts'
import { listText } from './list.ts'
import { readArchive } from './read.ts'
import { type Restored, restoreArchive } from './restore.ts'

/**
 * Reading goes the way of the application, whose login may look at the record; restoring makes a table, which the owner of
 * the database alone may do.
 */
export async function runArchiveCommand(request: ArchiveRequest, context: CommandContext): Promise<void> {
  const { login, dataDirectory, log, stopping } = context
  const folder = openArchiveFolder(dataDirectory)
  // On a terminal lines of the log would stand between the rows.
  if (request.what === 'read') log.level = 'silent'
  const records = await withDatabase(login, context, (db) => createDoors(db).withDispatch(listArchives))
  if (request.what === 'list') return console.log(await listText(records, folder, new Date()))

  const record = pickArchive(records, request.name)
  await endAsStopped(stopping, async () => {
    try {
      if (request.what === 'read') await printRows(folder, record, request.workspaceId, stopping)
      else await restore(folder, record, context)
      return 'done'
    } catch (error) {
      if (!stopping.aborted) throw error
      console.error(stoppedText[request.what])
      return 'stopped'
    }
  })
}

const stoppedText = {
  read: 'Stopped before the end: what was printed is not all of it.',
  restore: 'Stopped: nothing was put back.',
} as const

async function printRows(
  folder: ArchiveFolder,
  record: ArchiveRecord,
  workspaceId: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  // On a terminal the rows themselves show how far it is.
  const progress = createRowProgress(record, !process.stdout.isTTY)
  const end = await readArchive(folder, record, {
    workspaceId,
    output: process.stdout,
    onProgress: progress.show,
    signal,
  }).finally(progress.end)
  if (end) console.error(end)
}

async function restore(folder: ArchiveFolder, record: ArchiveRecord, context: CommandContext): Promise<void> {
  const progress = createRowProgress(record, true)
  const restored = await withDatabase(context.engines.owner, context, (db) =>
    restoreArchive(db, folder, record, { onProgress: progress.show, signal: context.stopping }),
  ).finally(progress.end)
  const isEmbedded = context.config.DATABASE_URL === undefined
  console.log(
    restoredText(record, restored, isEmbedded ? resolve(context.dataDirectory, 'engines.json') : undefined),
  )
}

/** `addressFile`: where the address of an embedded database stands while it runs. */
export function restoredText(
  { name, tableName }: ArchiveRecord,
  { table, rows, leftOut }: Restored,
  addressFile: string | undefined,
): string {
  const stayedOut = [...leftOut.values()].reduce((sum, count) => sum + count, 0)
  const deleted =
    leftOut.size === 1 ? '1 workspace that was' : `${grouped(leftOut.size)} workspaces that were`
  const address = addressFile ? addressFrom(addressFile) : '"$DATABASE_URL"'
  return [
    stayedOut
      ? `${grouped(rows)} of ${grouped(rows + stayedOut)} rows of ${name} are in ${table}: the others belong to ${deleted} deleted since, and stayed out.`
      : `${grouped(rows)} rows of ${name} are in ${table}, just what was recorded.`,
    `It is not part of ${tableName}: no screen and no number counts it, and only the owner of the database reads it.`,
    '',
    addressFile ? 'While Heliograph runs, look at it with:' : 'Look at it with:',
    `  psql ${address} -c 'select * from ${table} limit 10'`,
    'Drop it again with:',
    `  psql ${address} -c 'drop table ${table}'`,
  ].join('\n')
}

/** For a shell: it never shows the password that the address holds. */
function addressFrom(file: string): string {
  const script = `require(${JSON.stringify(file)}).databaseUrl`
  return `"$(node -p '${script.replaceAll("'", "'\\''")}')"`
}

async function withDatabase<T>(
  login: Login,
  { log }: CommandContext,
  work: (db: ReturnType<typeof createKysely>) => Promise<T>,
): Promise<T> {
  const db = createKysely(createPool(login, { name: 'archive command', max: 1, log }))
  try {
    return await work(db)
  } finally {
    await db.destroy()
  }
}

function createRowProgress({ name, rowCount }: ArchiveRecord, isShown: boolean) {
  const line = isShown && process.stderr.isTTY ? createProgressLine(process.stderr) : undefined
  const begunMs = performance.now()
  return {
    show(rows: number) {
      // Whether it was all is known at the end alone.
      const share = Math.min(0.999, rows / Math.max(1, rowCount))
      line?.show({
        phase: name,
        share,
        rows,
        snapshots: 0,
        facts: 0,
        elapsedMs: performance.now() - begunMs,
      })
    },
    end: () => line?.end(),
  }
}
