import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of this checkout. */
export const repository = dirname(dirname(fileURLToPath(import.meta.url)))

// Within node_modules, so that a reinstall forgets what was done.
const stamps = join(repository, 'node_modules', '.heliograph')

/** What `writeStamp` kept under this name, or undefined. */
export function readStamp(name) {
  const text = readIfPresent(join(stamps, `${name}.json`))
  return text === undefined ? undefined : JSON.parse(text)
}

/** Remembers that a step is done, and for which inputs. */
export function writeStamp(name, value) {
  mkdirSync(stamps, { recursive: true })
  const path = join(stamps, `${name}.json`)
  writeFileSync(`${path}.${process.pid}`, JSON.stringify(value))
  renameSync(`${path}.${process.pid}`, path)
}

export function readIfPresent(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  }
}
