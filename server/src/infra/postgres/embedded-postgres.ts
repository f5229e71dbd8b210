import { rm } from 'node:fs/promises'
import type { Log } from '../log.ts'
import { StartRefused } from '../process/start-refused.ts'
import { type SupervisedProcess, supervise } from '../process/supervise.ts'
import { spawnTied } from '../process/tied-process.ts'
import { prepareBinaries } from './embedded-binaries.ts'
import { ensureCluster, placeCluster, postgresEnvironment } from './embedded-cluster.ts'
import { connectionUrl, type PostgresConnection } from './embedded-connection.ts'
import { forwardLog, type ServerLog } from './embedded-log.ts'
import { clearPidFile } from './embedded-pid-file.ts'
import { waitUntilAccepting } from './embedded-readiness.ts'
import { serverSettings } from './embedded-settings.ts'
import { ensureSocketDirectory, socketPort } from './embedded-socket-directory.ts'

export interface EmbeddedPostgresOptions {
  /** PostgreSQL's own data directory, for example `postgres` within HELIOGRAPH_DATA; made if absent. */
  readonly dataDirectory: string
  readonly log: Log
  /** Of the superuser `postgres`; fixed when the cluster is made. */
  readonly superuserPassword: string
  /** Where root keeps a copy of the binaries when the database's account cannot enter `node_modules`. */
  readonly binaryCacheDirectory?: string
  /** The package with the binaries; found by itself outside tests. */
  readonly packageDirectory?: string
}

export interface EmbeddedPostgres {
  readonly connection: PostgresConnection
  /** The same as a URL, with the socket directory as `?host=`. */
  readonly url: string
  readonly process: SupervisedProcess
}

/** Crash recovery may replay a lot; a server that is busy with it is not killed. */
const startTimeoutMs = 300_000
const stopTimeoutMs = 10_000

/**
 * Makes the cluster if there is none, starts PostgreSQL on it as a supervised child and resolves once it
 * accepts connections. A killed server is started again; connections break meanwhile, so every client and
 * pool needs an `error` handler. Throws `StartRefused` for whatever a person has to put right.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { log, superuserPassword } = options
  const place = await placeCluster(options.dataDirectory, log)
  const binaries = await prepareBinaries({
    user: place.user,
    cacheDirectory: options.binaryCacheDirectory ?? '/var/cache/heliograph',
    packageDirectory: options.packageDirectory,
  })
  await ensureCluster(place, binaries, superuserPassword)
  // Made again before every launch: cleaners of /tmp may have taken it away.
  const host = await ensureSocketDirectory(place.directory, place.user)
  const connection = {
    host,
    port: socketPort,
    user: 'postgres',
    password: superuserPassword,
    database: 'postgres',
  }
  let server: ServerLog | undefined

  const supervised = await supervise({
    name: 'postgres',
    log,
    stopSignal: 'SIGINT',
    startTimeoutMs,
    stopTimeoutMs,
    async prepare() {
      await clearPidFile(place.directory)
      await ensureSocketDirectory(place.directory, place.user)
    },
    launch() {
      const args = ['-D', place.directory, ...serverSettings(host)]
      const child = spawnTied(binaries.postgres, args, {
        user: place.user,
        // SIGINT asks for a fast shutdown, so that the next start needs no recovery.
        deathSignal: 'INT',
        env: postgresEnvironment,
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      server = forwardLog(child, log)
      return child
    },
    waitUntilReady: (child, signal) => waitUntilAccepting(connection, place.directory, child.pid, signal),
  }).catch((error: unknown) => tellWhyNot(error, place.directory, server))

  return { connection, url: connectionUrl(connection), process: withSocketCleanup(supervised, host) }
}

/** The words of a server that does not start are for a person, who can do something about most of them. */
async function tellWhyNot(error: unknown, directory: string, server: ServerLog | undefined): Promise<never> {
  if (error instanceof StartRefused) throw error
  const words = await server?.lastWords()
  if (!words) throw error
  throw new StartRefused(
    `The database in ${directory} does not start; PostgreSQL says: ${words.replace(/\.$/, '')}. If this folder was ` +
      'restored from a backup, restore it again, as a whole; as root where it was root who made the backup.',
    { cause: error },
  )
}

function withSocketCleanup(supervised: SupervisedProcess, socketDirectory: string): SupervisedProcess {
  return {
    name: supervised.name,
    get pid() {
      return supervised.pid
    },
    get state() {
      return supervised.state
    },
    async stop() {
      await supervised.stop()
      await rm(socketDirectory, { recursive: true, force: true })
    },
  }
}
