import { randomBytes } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { findProcess } from './process-facts.ts'

/** A name for half-made work of this process, recognisable by `removeAbandoned` once the process is gone. */
export function unfinishedName(prefix: string): string {
  return `${prefix}${process.pid}-${randomBytes(4).toString('hex')}`
}

/** Removes from `directory` what processes that are gone left under `unfinishedName(prefix)`. */
export async function removeAbandoned(directory: string, prefix: string): Promise<void> {
  for (const entry of await readdir(directory)) {
    if (!entry.startsWith(prefix)) continue
    const pid = Number.parseInt(entry.slice(prefix.length), 10)
    if (Number.isInteger(pid) && findProcess(pid) === undefined) {
      await rm(join(directory, entry), { recursive: true, force: true })
    }
  }
}
