/** `heliograph archive read <name>`: the rows of a file as they were, checked while they are written. */
import type { Writable } from 'node:stream'
import { z } from 'zod'
import { errorCode } from '../../infra/process/error-code.ts'
import { StartRefused } from '../../infra/process/start-refused.ts'
import type { ArchiveRecord } from '../../modules/maintenance/index.ts'
import { grouped } from '../progress.ts'
import { type ArchiveFolder, readRecordedFile } from './file-check.ts'

export interface ReadOptions {
  readonly workspaceId: string | undefined
  /** Gets the rows and nothing else. */
  readonly output: Writable
  readonly onProgress: (rows: number) => void
  readonly signal: AbortSignal
}

/**
 * Writes the rows of an archived partition as newline-delimited JSON. Gives the sentence that ends it, or nothing where
 * the reader closed the output before the end, as `head` does; refuses where the file was not what was recorded.
 */
export async function readArchive(
  folder: ArchiveFolder,
  record: ArchiveRecord,
  { workspaceId, output, onProgress, signal }: ReadOptions,
): Promise<string | undefined> {
  // The write that fails reports the fault; without a listener the stream would end this process.
  const ignore = () => undefined
  output.on('error', ignore)
  let read = 0
  let written = 0
  try {
    await readRecordedFile(folder, record, async (rows) => {
      signal.throwIfAborted()
      const wanted = workspaceId === undefined ? rows : rows.filter((row) => isOf(row, workspaceId))
      if (wanted.length) await write(output, Buffer.concat(wanted.flatMap((row) => [row, lineEnd])))
      read += rows.length
      written += wanted.length
      onProgress(read)
    })
  } catch (error) {
    if (error instanceof ReaderLeft) return undefined
    throw error
  } finally {
    output.off('error', ignore)
  }
  const whole = `${record.name}: ${grouped(read)} rows, just what was recorded.`
  return workspaceId === undefined
    ? whole
    : `${whole} ${grouped(written)} of them are of workspace ${workspaceId}.`
}

const lineEnd = Buffer.from('\n')
const Owned = z.looseObject({ workspace_id: z.string() })

/** What a row carries may name any workspace: only its own column counts, and looking for the text spares most parsing. */
function isOf(row: Uint8Array, workspaceId: string): boolean {
  const bytes = Buffer.from(row.buffer, row.byteOffset, row.byteLength)
  if (!bytes.includes(workspaceId)) return false
  return Owned.safeParse(parsed(bytes)).data?.workspace_id === workspaceId
}

/** A damaged file may hand over anything before its end tells; what is no JSON is of no workspace. */
function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}

class ReaderLeft extends Error {
  override readonly name = 'ReaderLeft'
}
const readerLeftCodes: readonly string[] = ['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED']

function write(output: Writable, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    output.write(bytes, (error) => {
      if (!error) return resolve()
      const code = errorCode(error) ?? error.message
      if (readerLeftCodes.includes(code)) return reject(new ReaderLeft())
      reject(
        new StartRefused(`Standard output takes no more (${code}): what was written is not all of the rows.`),
      )
    })
  })
}
