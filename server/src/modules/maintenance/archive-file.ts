/** Rows in the archive: newline-delimited JSON, compressed with Zstandard, one file per partition. */
import { createHash } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib'
import type { Storage } from '../../infra/storage/storage.ts'

export interface FileFacts {
  readonly rows: number
  /** Of the file as it lies in the storage, in hexadecimal. */
  readonly sha256: string
}

const newline = 0x0a
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
  const hash = createHash('sha256')
  let rows = 0
  try {
    await pipeline(
      hashing(archive.getStream(key), hash),
      createZstdDecompress(),
      async (unpacked: AsyncIterable<Uint8Array>) => {
        for await (const chunk of unpacked) {
          for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, at + 1)) rows += 1
        }
      },
    )
  } catch (error) {
    if (isDamage(error)) return undefined
    throw error
  }
  return { rows, sha256: hash.digest('hex') }
}

async function* hashing(chunks: AsyncIterable<Uint8Array>, hash: ReturnType<typeof createHash>) {
  for await (const chunk of chunks) {
    hash.update(chunk)
    yield chunk
  }
}

const isDamage = (error: unknown) =>
  error instanceof Error && 'code' in error && /^(ENOENT$|ZSTD_|Z_|ERR_ZSTD)/.test(String(error.code))
