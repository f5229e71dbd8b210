import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { errorCode } from '../process/error-code.ts'

/** Keeps files by key. A key is made by us, never by a person. */
export interface Storage {
  /** Once it returns, the file outlives the power. */
  put(key: string, bytes: Uint8Array): Promise<void>
  /** Undefined where nothing is kept under this key. */
  get(key: string): Promise<Buffer | undefined>
  /**
   * As `put` for what does not fit into memory. One writer per key at a time: what an earlier one left unfinished
   * is cleared away.
   */
  putStream(key: string, chunks: AsyncIterable<Uint8Array>): Promise<void>
  /** Chunk by chunk. Throws where nothing is kept under this key. */
  getStream(key: string): AsyncIterable<Uint8Array>
  delete(key: string): Promise<void>
}

/** Files in a folder, for our own account alone. A file is there whole or not at all. */
export function createFolderStorage(directory: string): Storage {
  const pathOf = (key: string) => {
    if (!/^[a-z0-9_-]+(\/[a-z0-9_-]+)*(\.[a-z0-9]+)*$/.test(key)) throw new Error(`no storage key: ${key}`)
    return join(directory, key)
  }
  return {
    async put(key, bytes) {
      await keepFile(pathOf(key), bytes)
    },
    get: (key) =>
      readFile(pathOf(key)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined
        throw error
      }),
    async putStream(key, chunks) {
      const path = pathOf(key)
      await removeDrafts(path)
      await keepFile(path, chunks)
    },
    getStream: (key) => createReadStream(pathOf(key)),
    delete: (key) => rm(pathOf(key), { force: true }),
  }
}

/** No key contains it. */
const draftMark = '.draft-'

async function keepFile(path: string, content: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> {
  const folder = dirname(path)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const draft = `${path}${draftMark}${randomUUID()}`
  try {
    await writeFile(draft, content, { flush: true, mode: 0o600 })
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
  await flushFolder(folder)
}

async function removeDrafts(path: string): Promise<void> {
  const folder = dirname(path)
  const names = await readdir(folder).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return []
    throw error
  })
  const drafts = names.filter((name) => name.startsWith(`${basename(path)}${draftMark}`))
  await Promise.all(drafts.map((name) => rm(join(folder, name), { force: true })))
}

/** Makes a rename last: without it a name may be lost with the power although the file is not. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
