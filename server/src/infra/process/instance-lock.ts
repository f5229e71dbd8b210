/**
 * One running instance per data directory. The lock is a file `instance.<generation>.lock`; the highest
 * generation rules. Taking over from a dead holder means creating the next generation, which the file
 * system grants to exactly one contender, so nobody ever removes a file that another may just have taken.
 */
import { link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { removeAbandoned, unfinishedName } from './abandoned.ts'
import { makeDataDirectory, refuseDataDirectory } from './data-directory.ts'
import { errorCode } from './error-code.ts'
import { findProcess } from './process-facts.ts'
import { StartRefused } from './start-refused.ts'

export interface InstanceLock {
  /** Lets the next instance in. Idempotent. */
  release(): Promise<void>
}

interface Holder {
  readonly pid: number
  readonly identity: string
}

const temporaryPrefix = '.instance-lock-'

/** Takes the lock of `dataDirectory` (made if absent) or throws `StartRefused` with the running instance's pid. */
export async function acquireInstanceLock(dataDirectory: string): Promise<InstanceLock> {
  await makeDataDirectory(dataDirectory)
  return takeLock(dataDirectory).catch((error: unknown) => refuseDataDirectory(dataDirectory, error))
}

async function takeLock(dataDirectory: string): Promise<InstanceLock> {
  await removeAbandoned(dataDirectory, temporaryPrefix)
  for (;;) {
    const newest = Math.max(0, ...(await listGenerations(dataDirectory)))
    const holder = await findLiveHolder(dataDirectory, newest)
    if (holder) {
      throw new StartRefused(
        `Heliograph is already running on ${dataDirectory} (process ${holder.pid}): stop that instance first, ` +
          'or set HELIOGRAPH_DATA to another directory.',
      )
    }
    const generation = newest + 1
    if (!(await createGeneration(dataDirectory, generation))) continue
    const generations = await listGenerations(dataDirectory)
    // A contender that was paused since it read `newest` can win a number that was used and removed meanwhile.
    if (generations.some((other) => other > generation)) {
      await rm(lockPath(dataDirectory, generation), { force: true })
      continue
    }
    for (const older of generations) {
      if (older < generation) await rm(lockPath(dataDirectory, older), { force: true })
    }
    return { release: releaser(dataDirectory, generation) }
  }
}

/** The pid of the instance that runs on `dataDirectory`, if one does. `StartRefused` where nobody can tell. */
export async function findRunningInstance(dataDirectory: string): Promise<number | undefined> {
  try {
    const newest = Math.max(0, ...(await listGenerations(dataDirectory)))
    return (await findLiveHolder(dataDirectory, newest))?.pid
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    return refuseDataDirectory(dataDirectory, error)
  }
}

/** Leaves the newest generation behind, empty: were it removed, numbers would begin anew under a contender. */
function releaser(dataDirectory: string, generation: number): () => Promise<void> {
  let released: Promise<void> | undefined
  return () => {
    released ??= replaceFile(dataDirectory, lockPath(dataDirectory, generation), '')
    return released
  }
}

async function createGeneration(dataDirectory: string, generation: number): Promise<boolean> {
  const identity = findProcess(process.pid)?.identity ?? ''
  const temporary = join(dataDirectory, unfinishedName(temporaryPrefix))
  await writeFile(temporary, JSON.stringify({ pid: process.pid, identity } satisfies Holder), { mode: 0o644 })
  try {
    // A link appears with its contents, and only if the name is free.
    await link(temporary, lockPath(dataDirectory, generation))
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  } finally {
    await rm(temporary, { force: true })
  }
}

async function findLiveHolder(dataDirectory: string, generation: number): Promise<Holder | undefined> {
  const holder = parseHolder(await readIfPresent(lockPath(dataDirectory, generation)))
  return holder && findProcess(holder.pid)?.identity === holder.identity ? holder : undefined
}

/** Absent for a released lock, and for one that a power cut left without contents. */
function parseHolder(text: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('identity' in value))
      return undefined
    const { pid, identity } = value
    return typeof pid === 'number' && typeof identity === 'string' ? { pid, identity } : undefined
  } catch {
    return undefined
  }
}

async function listGenerations(dataDirectory: string): Promise<number[]> {
  const entries = await readdir(dataDirectory)
  return entries.map((entry) => Number(/^instance\.(\d+)\.lock$/.exec(entry)?.[1])).filter(Number.isInteger)
}

async function replaceFile(dataDirectory: string, path: string, contents: string): Promise<void> {
  const temporary = join(dataDirectory, unfinishedName(temporaryPrefix))
  await writeFile(temporary, contents)
  await rename(temporary, path)
}

async function readIfPresent(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return ''
    throw error
  }
}

function lockPath(dataDirectory: string, generation: number): string {
  return join(dataDirectory, `instance.${generation}.lock`)
}
