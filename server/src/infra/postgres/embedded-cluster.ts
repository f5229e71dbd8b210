import {
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { Log } from '../log.ts'
import { removeAbandoned, unfinishedName } from '../process/abandoned.ts'
import { makeDataDirectory } from '../process/data-directory.ts'
import { errorCode } from '../process/error-code.ts'
import { ensureDatabaseOsUser, type OsUser } from '../process/os-user.ts'
import { findBlockingDirectory } from '../process/reachable.ts'
import { StartRefused } from '../process/start-refused.ts'
import { spawnTied } from '../process/tied-process.ts'
import type { EmbeddedBinaries } from './embedded-binaries.ts'

/** The environment of PostgreSQL's programs: nothing of ours, so that a variable of the user's cannot bend them. */
export const postgresEnvironment: NodeJS.ProcessEnv = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

export interface ClusterPlace {
  /** The data directory without symbolic links; it may not exist yet, its parent does. */
  readonly directory: string
  /** Who runs the server on it: nothing for our own account. */
  readonly user: OsUser | undefined
}

/** Settles where the cluster lies and who runs it, and that this account can get there. */
export async function placeCluster(dataDirectory: string, log: Log): Promise<ClusterPlace> {
  const parent = dirname(resolve(dataDirectory))
  await makeDataDirectory(parent)
  const directory = await realpathIfPresent(join(await realpath(parent), basename(dataDirectory)))
  const owner = await findOwner(directory)
  const uid = process.getuid?.()
  if (uid !== 0) {
    if (owner && owner.uid !== uid) {
      throw new StartRefused(
        `The database in ${directory} belongs to the user with number ${owner.uid}: start Heliograph as that ` +
          'user or as root, or set HELIOGRAPH_DATA to another directory.',
      )
    }
    return { directory, user: undefined }
  }
  // A cluster that an ordinary user made stays that user's, also when root starts it.
  const user = owner && owner.uid !== 0 ? owner : await ensureDatabaseOsUser()
  await letPass(dirname(directory), user, log)
  const blocking = findBlockingDirectory(dirname(directory), user)
  if (blocking !== undefined) {
    throw new StartRefused(
      `PostgreSQL runs as the user ${user.name}, who cannot enter ${blocking}: run chmod o+x ${blocking}, or set ` +
        'HELIOGRAPH_DATA to a directory that this user can reach.',
    )
  }
  return { directory, user }
}

/**
 * Lets the database's account pass through the data directory, which is ours: it may enter, not list. What
 * lies in it has modes of its own. Directories above belong to others and are left as they are.
 */
async function letPass(home: string, user: OsUser, log: Log): Promise<void> {
  if (findBlockingDirectory(home, user) !== home) return
  const { mode } = await stat(home)
  try {
    await chmod(home, (mode & 0o7777) | 0o011)
    log.debug({ directory: home, user: user.name }, 'opened the data directory for passing through')
  } catch (error) {
    log.debug({ directory: home, err: error }, 'the data directory could not be opened for passing through')
  }
}

/** Makes the cluster if there is none; refuses one of another major version, and anything that is no cluster. */
export async function ensureCluster(
  place: ClusterPlace,
  binaries: EmbeddedBinaries,
  password: string,
): Promise<void> {
  const { directory } = place
  const parent = dirname(directory)
  const prefix = `.${basename(directory)}-initdb-`
  await removeAbandoned(parent, prefix)
  const entries = await listIfPresent(directory)
  if (entries.length > 0) return requireOurVersion(directory, entries, binaries.majorVersion)

  const workshop = join(parent, unfinishedName(prefix))
  try {
    const passwordFile = join(workshop, 'password')
    await mkdir(workshop, { mode: 0o700 })
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 })
    if (place.user) {
      await chown(passwordFile, place.user.uid, place.user.gid)
      await chown(workshop, place.user.uid, place.user.gid)
    }
    await runInitdb(binaries.initdb, join(workshop, 'cluster'), passwordFile, place.user)
    await rename(join(workshop, 'cluster'), directory)
  } catch (error) {
    // Another start was faster; whether both may run is not decided here.
    if (!['ENOTEMPTY', 'EEXIST'].includes(errorCode(error) ?? '')) throw error
  } finally {
    await rm(workshop, { recursive: true, force: true })
  }
}

async function requireOurVersion(directory: string, entries: string[], majorVersion: string): Promise<void> {
  if (!entries.includes('PG_VERSION')) {
    throw new StartRefused(
      `${directory} is not empty and is no PostgreSQL data directory: move its contents away, or set ` +
        'HELIOGRAPH_DATA to another directory.',
    )
  }
  const found = (await readFile(join(directory, 'PG_VERSION'), 'utf8')).trim()
  if (found === majorVersion) return
  throw new StartRefused(
    `The database in ${directory} is of PostgreSQL ${found}, and this Heliograph brings PostgreSQL ${majorVersion}: ` +
      `start the Heliograph release that made it and export the data, or run a PostgreSQL ${found} server on it and ` +
      'set DATABASE_URL.',
  )
}

async function runInitdb(initdb: string, cluster: string, passwordFile: string, user: OsUser | undefined) {
  const args = [
    `--pgdata=${cluster}`,
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // With the C locale instead, pg_trgm silently drops everything outside ASCII.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--lc-collate=C',
    '--lc-ctype=C.UTF-8',
    '--no-instructions',
  ]
  const child = spawnTied(initdb, args, {
    user,
    deathSignal: 'KILL',
    env: postgresEnvironment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const outcome = await new Promise<string>((done) => {
    child.once('error', (error) => done(error.message))
    child.once('close', (code, signal) => done(code === 0 ? '' : `ended with ${signal ?? code}`))
  })
  if (outcome)
    throw new Error(`initdb could not make the database in ${cluster}: ${outcome}\n${output.trim()}`)
}

async function findOwner(directory: string): Promise<OsUser | undefined> {
  try {
    const { uid, gid } = await stat(directory)
    return { uid, gid, name: `number ${uid}` }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

async function listIfPresent(directory: string): Promise<string[]> {
  try {
    return await readdir(directory)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return []
    throw error
  }
}

async function realpathIfPresent(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return path
    throw error
  }
}
