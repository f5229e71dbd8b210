import { createHash } from 'node:crypto'
import { constants, realpathSync } from 'node:fs'
import { access, chmod, mkdir, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { errorCode } from './error-code.ts'
import { anybody, findBlockingDirectory } from './reachable.ts'
import { StartRefused } from './start-refused.ts'

/**
 * Where data lives when HELIOGRAPH_DATA names nothing: `data` in the repository. As root with a repository
 * that only root can enter (a checkout under a private home) it is a place under /var/lib, because the
 * database then runs as a user who could not get in.
 */
export function defaultDataDirectory(repository: string): string {
  const canonical = realpathSync(repository)
  if (process.getuid?.() !== 0 || findBlockingDirectory(canonical, anybody) === undefined) {
    return join(canonical, 'data')
  }
  return join('/var/lib/heliograph', shortHash(canonical))
}

/** Ten hexadecimal digits that stand for a path in a short name. */
export function shortHash(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 10)
}

/**
 * Makes the directory and whatever is missing above it, and sees that it can be used. What root makes may be
 * passed through, but not listed, by others: the database's account has to reach its part.
 */
export async function makeDataDirectory(path: string): Promise<void> {
  try {
    const made = await makeMissing(resolve(path))
    if (process.getuid?.() === 0) for (const directory of made) await chmod(directory, 0o711)
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    refuseDataDirectory(path, error)
  }
}

/** Faults of the file system at a folder that the operator chose are his to put right. */
export function refuseDataDirectory(path: string, error: unknown): never {
  if (error instanceof StartRefused) throw error
  const code = errorCode(error) ?? 'unknown fault'
  const remedy =
    code === 'ENOTDIR'
      ? 'it, or what lies above it, is no folder'
      : 'this user has to read, list and write it'
  throw new StartRefused(
    `The data directory ${path} cannot be used (${code}): ${remedy}. Put that right, or set HELIOGRAPH_DATA to another ` +
      'folder.',
    { cause: error },
  )
}

/** One step after the other: made at one go, a path in a file system that takes no folders, like /proc, never ends. */
async function makeMissing(path: string): Promise<string[]> {
  const made = await makeOne(path)
  if (made !== 'no parent') return made
  const parent = dirname(path)
  const above = parent === path ? [] : await makeMissing(parent)
  await mkdir(path).catch(async (error: unknown) => {
    if (!(await isDirectory(path))) throw error
  })
  return [...above, path]
}

async function makeOne(path: string): Promise<string[] | 'no parent'> {
  try {
    await mkdir(path)
    return [path]
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 'no parent'
    // Where it is there already, a file system that is read-only or not ours says other things than EEXIST.
    if (await isDirectory(path)) return []
    if (errorCode(error) === 'EEXIST')
      throw Object.assign(new Error(`${path} is a file`), { code: 'ENOTDIR' })
    throw error
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (facts) => facts.isDirectory(),
    () => false,
  )
}
