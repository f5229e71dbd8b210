/** `heliograph archive`: what has left the tables, and what of it is there. */
import { stat } from 'node:fs/promises'
import { errorCode } from '../../infra/process/error-code.ts'
import { type ArchiveRecord, duties, nextTurn } from '../../modules/maintenance/index.ts'
import { grouped } from '../progress.ts'
import { type ArchiveFolder, fileCodes } from './file-check.ts'

const head = ['name', 'table', 'period', 'rows', 'file', 'taken out', 'verified', 'dropped'] as const
/** Figures stand to the right. */
const rightAligned: readonly number[] = [head.indexOf('rows'), head.indexOf('file')]

export async function listText(
  records: readonly ArchiveRecord[],
  folder: ArchiveFolder,
  now: Date,
): Promise<string> {
  if (!records.length)
    return `Nothing is archived yet. What will appear here, and when:\n\n${comingText(now)}`
  const sizes = await Promise.all(records.map(({ file }) => sizeOf(file && folder.pathOf(file.location))))
  const missing = records.flatMap(({ file }, at) => {
    const remedy = remedies[sizes[at] ?? '']
    return file && remedy ? [`${folder.pathOf(file.location)} ${remedy}`] : []
  })
  const lines = table([head, ...records.map((record, at) => cellsOf(record, sizes[at]))])
  const bytes = sizes.reduce((sum: number, size) => sum + (typeof size === 'number' ? size : 0), 0)
  const rows = records.reduce((sum, { rowCount }) => sum + rowCount, 0)
  const total = `${grouped(rows)} rows in ${sizeText(bytes)}. Times are UTC.`
  const next =
    'Read one: npm run heliograph -- archive read <name>. Put one back: npm run heliograph -- archive restore <name>.'
  return [...lines, '', ...missing, total, next].join('\n')
}

/** From the duties that bring it there. */
function comingText(now: Date): string {
  return duties
    .filter(({ queue }) => queue === 'archiving')
    .map(({ purpose, rhythm }) => `  ${purpose}\n  Next on ${timeText(nextTurn(rhythm, now))} UTC.`)
    .join('\n\n')
}

/** In bytes, or why there is no such number. */
type Size = number | 'not yet' | 'gone' | 'unreadable'
const remedies: Readonly<Record<string, string>> = {
  gone: 'is gone: put it back from a backup.',
  unreadable: 'cannot be looked at: give the account that runs this command the right to read it.',
}

async function sizeOf(path: string | null): Promise<Size> {
  if (!path) return 'not yet'
  try {
    return (await stat(path)).size
  } catch (error) {
    const code = errorCode(error) ?? ''
    if (['ENOENT', 'ENOTDIR'].includes(code)) return 'gone'
    if (fileCodes.includes(code)) return 'unreadable'
    throw error
  }
}

function cellsOf(record: ArchiveRecord, size: Size = 'not yet'): string[] {
  const { name, tableName, rowCount, detachedAt, verifiedAt, droppedAt } = record
  return [
    name,
    tableName,
    periodOf(record),
    grouped(rowCount),
    typeof size === 'number' ? sizeText(size) : size,
    timeText(detachedAt),
    verifiedAt ? timeText(verifiedAt) : 'not yet',
    droppedAt ? timeText(droppedAt) : 'not yet',
  ]
}

/**
 * A partition is a month, named after it and, save in old records, after when it was taken out; rows of a table without
 * partitions leave all that are old together.
 */
function periodOf({ name }: ArchiveRecord): string {
  const [, year, month] = /_(\d{4})_(\d\d)(?:_\d{8}_\d{6}_\d{6})?$/.exec(name) ?? []
  return year ? `${year}-${month}` : 'old rows'
}

const timeText = (at: Date) => at.toISOString().slice(0, 16).replace('T', ' ')

export function sizeText(bytes: number): string {
  const units = ['kB', 'MB', 'GB', 'TB']
  if (bytes < 1_000) return `${bytes} B`
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3))
  return `${(bytes / 1_000 ** power).toFixed(1)} ${units[power - 1]}`
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0
        return rightAligned.includes(column) ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd(),
  )
}
