/** Which engines serve this installation: embedded ones that this process runs, those of a running instance, or external ones. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Config } from './config.ts'
import { startEmbeddedClickHouse } from './infra/clickhouse/embedded-clickhouse.ts'
import { createKeyring, type Keyring } from './infra/crypto/keyring.ts'
import { readOrCreateSecret } from './infra/crypto/secret-file.ts'
import type { Log } from './infra/log.ts'
import { createOwnedDatabase } from './infra/postgres/create-database.ts'
import { startEmbeddedPostgres } from './infra/postgres/embedded-postgres.ts'
import { appLoginRole } from './infra/postgres/migrate.ts'
import { type Login, loginUrl } from './infra/postgres/pool.ts'
import { makeDataDirectory } from './infra/process/data-directory.ts'
import { errorCode } from './infra/process/error-code.ts'
import { acquireInstanceLock, findRunningInstance } from './infra/process/instance-lock.ts'
import { StartRefused } from './infra/process/start-refused.ts'
import type { SupervisedProcess } from './infra/process/supervise.ts'

export interface Engines {
  /** The login that owns the database: for migrations alone. */
  readonly owner: Login
  /** Undefined while the embedded ClickHouse could not be started: everything but analytics goes on. */
  readonly clickhouseUrl: string | undefined
  /** Where ClickHouse is a cluster: its name, or the macro that holds it. */
  readonly clickhouseCluster: string | undefined
  readonly keyring: Keyring
  readonly processes: readonly SupervisedProcess[]
  stop(): Promise<void>
}

const Address = z.object({ databaseUrl: z.string(), clickhouseUrl: z.string().optional() })
const addressFile = 'engines.json'

async function openKeyring(config: Config, dataDirectory: string): Promise<Keyring> {
  if (!config.HELIOGRAPH_SECRET) await makeDataDirectory(dataDirectory)
  const secret = config.HELIOGRAPH_SECRET ?? (await readOrCreateSecret(dataDirectory))
  return createKeyring([secret, ...config.HELIOGRAPH_PREVIOUS_SECRETS])
}

/**
 * Starts the embedded engines that the configuration does not name an external one for, and holds the data
 * directory until `stop`. Throws `StartRefused` when another instance runs on it.
 */
export async function startEngines(config: Config, dataDirectory: string, log: Log): Promise<Engines> {
  const lock = await acquireInstanceLock(dataDirectory)
  const processes: SupervisedProcess[] = []
  const path = join(dataDirectory, addressFile)
  const stop = async () => {
    await rm(path, { force: true })
    await Promise.all(processes.map((engine) => engine.stop()))
    await lock.release()
  }
  try {
    // That of an instance that was killed leads nowhere any more.
    await rm(path, { force: true })
    const keyring = await openKeyring(config, dataDirectory)
    const keep = <Engine extends { process: SupervisedProcess }>(engine: Engine): Engine => {
      processes.push(engine.process)
      return engine
    }
    const [owner, clickhouseUrl] = await Promise.all([
      config.DATABASE_URL ? { url: config.DATABASE_URL } : embeddedOwner(dataDirectory, log, keep),
      config.CLICKHOUSE_URL ?? embeddedClickHouseUrl(dataDirectory, log, keep),
    ])
    const address = { databaseUrl: loginUrl(owner), clickhouseUrl }
    await writeFile(`${path}.new`, JSON.stringify(address), { mode: 0o600 })
    await rename(`${path}.new`, path)
    return { owner, clickhouseUrl, clickhouseCluster: config.CLICKHOUSE_CLUSTER, keyring, processes, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

type Keep = <Engine extends { process: SupervisedProcess }>(engine: Engine) => Engine

/** The cluster's own passwords come from the data folder, so that HELIOGRAPH_SECRET can change. */
async function embeddedOwner(dataDirectory: string, log: Log, keep: Keep): Promise<Login> {
  const cluster = createKeyring([await readOrCreateSecret(dataDirectory)])
  const superuserPassword = cluster.derive('postgres/superuser')
  const options = { dataDirectory: join(dataDirectory, 'postgres'), log, superuserPassword }
  const { url } = keep(await startEmbeddedPostgres(options))
  return createOwnedDatabase({ url }, cluster.derive('postgres/owner'))
}

/** Analytics may be away; publishing goes on without them. */
async function embeddedClickHouseUrl(
  dataDirectory: string,
  log: Log,
  keep: Keep,
): Promise<string | undefined> {
  try {
    return keep(await startEmbeddedClickHouse({ dataDirectory: join(dataDirectory, 'clickhouse'), log })).url
  } catch (error) {
    log.error(
      { err: error },
      'the analytics engine did not start; publishing works, numbers over time do not',
    )
    return undefined
  }
}

/** Engines that somebody else runs: external ones, or those of the instance that runs on the data directory. */
export async function findEngines(config: Config, dataDirectory: string): Promise<Engines> {
  const running = config.DATABASE_URL && config.CLICKHOUSE_URL ? undefined : await readAddress(dataDirectory)
  const databaseUrl = config.DATABASE_URL ?? running?.databaseUrl
  if (!databaseUrl) {
    throw new StartRefused(
      `No database is known: run "npm start" or "npm run heliograph -- engines" on ${dataDirectory} first, or set ` +
        'DATABASE_URL.',
    )
  }
  return {
    owner: { url: databaseUrl },
    clickhouseUrl: config.CLICKHOUSE_URL ?? running?.clickhouseUrl,
    clickhouseCluster: config.CLICKHOUSE_CLUSTER,
    keyring: await openKeyring(config, dataDirectory),
    processes: [],
    stop: async () => undefined,
  }
}

/** Undefined while no instance runs: the file that a killed one leaves behind says nothing. */
async function readAddress(dataDirectory: string): Promise<z.infer<typeof Address> | undefined> {
  if ((await findRunningInstance(dataDirectory)) === undefined) return undefined
  try {
    return Address.parse(JSON.parse(await readFile(join(dataDirectory, addressFile), 'utf8')))
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** How the application logs in: as a role that owns nothing. */
export function appLogin({ owner, keyring }: Pick<Engines, 'owner' | 'keyring'>) {
  return { url: owner.url, user: appLoginRole, password: keyring.derive('postgres/app') }
}
