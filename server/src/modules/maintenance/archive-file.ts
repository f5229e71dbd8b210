/** Rows in the archive: newline-delimited JSON, compressed with Zstandard, one file per partition. */
import { createHash } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib'
import { errorCode } from '../../infra/process/error-code.ts'
import type { Storage } from '../../infra/storage/storage.ts'

export interface FileFacts {
  readonly rows: number
  /** Of the file as it lies in the storage, in hexadecimal. */
  readonly sha256: string
}

/** A file that is not there, or that no rows can be made of to its end. */
export class ArchiveUnreadable extends Error {
  override readonly name = 'ArchiveUnreadable'
  readonly fault: 'gone' | 'damaged'
  constructor(fault: 'gone' | 'damaged', options?: ErrorOptions) {
    super(`the archive file is ${fault}`, options)
    this.fault = fault
  }
}

const newline = 0x0a
/** PostgreSQL makes no longer one out of a row; a file of something else must not fill the memory. */
const longestRowBytes = 256 * 1_048_576
// A frame with a checksum: damage shows when it is unpacked, too, for whoever has the file alone.
const compression = { params: { [constants.ZSTD_c_checksumFlag]: 1 } }

/** Writes pages of rows under a key as they come; at no time more than a few of them are in memory. */
export async function writeArchiveFile(
  archive: Storage,
  key: string,
  pages: AsyncIterable<readonly string[]>,
): Promise<FileFacts> {
  const hash = createHash('sha256')
  let rows = 0
  const lines = async function* () {
    for await (const page of pages) {
      rows += page.length
      if (page.length) yield Buffer.from(`${page.join('\n')}\n`)
    }
  }
  await pipeline(lines, createZstdCompress(compression), (packed: AsyncIterable<Uint8Array>) =>
    archive.putStream(key, hashing(packed, hash)),
  )
  return { rows, sha256: hash.digest('hex') }
}

/** Reads a file back to its last byte. Undefined if it is gone, or damaged so that it cannot be unpacked. */
export async function readArchiveFile(archive: Storage, key: string): Promise<FileFacts | undefined> {
  try {
    return await readArchiveRows(archive, key, async () => undefined)
  } catch (error) {
    if (error instanceof ArchiveUnreadable) return undefined
    throw error
  }
}

/**
 * Hands over the rows of a file as they are unpacked, some at a time, each as the JSON that was written, and waits until
 * they are taken. What the file is worth is known only at its end, by the facts that this returns; throws
 * `ArchiveUnreadable` where it has none.
 */
export async function readArchiveRows(
  archive: Storage,
  key: string,
  take: (rows: readonly Uint8Array[]) => Promise<void>,
): Promise<FileFacts> {
  const hash = createHash('sha256')
  let rows = 0
  try {
    await pipeline(
      hashing(archive.getStream(key), hash),
      createZstdDecompress(),
      async (unpacked: AsyncIterable<Uint8Array>) => {
        for await (const some of rowsOf(unpacked)) {
          rows += some.length
          await take(some)
        }
      },
    )
  } catch (error) {
    const fault = faultOf(error)
    throw fault ? new ArchiveUnreadable(fault, { cause: error }) : error
  }
  return { rows, sha256: hash.digest('hex') }
}

/** What the ends of lines close; a row may lie across any number of chunks. */
async function* rowsOf(unpacked: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array[]> {
  let begun: Uint8Array[] = []
  let begunBytes = 0
  for await (const chunk of unpacked) {
    const rows: Uint8Array[] = []
    let start = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const last = chunk.subarray(start, end)
      rows.push(begun.length ? Buffer.concat([...begun, last]) : last)
      begun = []
      begunBytes = 0
      start = end + 1
    }
    if (start < chunk.length) begun.push(chunk.subarray(start))
    begunBytes += chunk.length - start
    if (begunBytes > longestRowBytes) throw new ArchiveUnreadable('damaged')
    if (rows.length) yield rows
  }
}

async function* hashing(chunks: AsyncIterable<Uint8Array>, hash: ReturnType<typeof createHash>) {
  for await (const chunk of chunks) {
    hash.update(chunk)
    yield chunk
  }
}

function faultOf(error: unknown): ArchiveUnreadable['fault'] | undefined {
  if (error instanceof ArchiveUnreadable) return error.fault
  const code = errorCode(error) ?? ''
  if (code === 'ENOENT') return 'gone'
  return /^(ZSTD_|Z_|ERR_ZSTD)/.test(code) ? 'damaged' : undefined
}
