import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Keeps files by key. A key is made by us, never by a person. */
export interface Storage {
  put(key: string, bytes: Uint8Array): Promise<void>
  /** Undefined where nothing is kept under this key. */
  get(key: string): Promise<Buffer | undefined>
  delete(key: string): Promise<void>
}

/** Files in a folder, for our own account alone. A file is there whole or not at all. */
export function createFolderStorage(directory: string): Storage {
  const pathOf = (key: string) => {
    if (!/^[a-z0-9-]+(\/[a-z0-9-]+)*$/.test(key)) throw new Error(`no storage key: ${key}`)
    return join(directory, key)
  }
  return {
    async put(key, bytes) {
      const path = pathOf(key)
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      const draft = `${path}.${randomUUID()}`
      await writeFile(draft, bytes, { flush: true, mode: 0o600 })
      await rename(draft, path)
    },
    get: (key) =>
      readFile(pathOf(key)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined
        throw error
      }),
    delete: (key) => rm(pathOf(key), { force: true }),
  }
}
