import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { appLogin, type Engines } from './engines.ts'
import { createClickHouse } from './infra/clickhouse/client.ts'
import { migrateClickHouse } from './infra/clickhouse/migrate.ts'
import type { Log } from './infra/log.ts'
import { MigrationError } from './infra/migrations.ts'
import { migratePostgres, withMigrationLock } from './infra/postgres/migrate.ts'
import { errorCode } from './infra/process/error-code.ts'
import { StartRefused } from './infra/process/start-refused.ts'

const directoryOf = (engine: string) => fileURLToPath(new URL(`../migrations/${engine}`, import.meta.url))
const retryMs = 2_000

/**
 * Brings PostgreSQL up to this code. The server does not start without it: `StartRefused` where the database
 * cannot be reached, `MigrationError` where it is newer than this code.
 */
export async function migrateDatabase(engines: Pick<Engines, 'owner' | 'keyring'>, log: Log): Promise<void> {
  const { password: appPassword } = appLogin(engines)
  const { applied } = await migratePostgres({
    owner: engines.owner,
    appPassword,
    keyIds: engines.keyring.keyIds,
    directory: directoryOf('postgres'),
    log,
  }).catch(tellUnreachable)
  if (applied) log.info({ applied }, 'database migrated')
}

/** Connection faults and refused logins: what a person can put right at the address or at the server. */
const unreachableCodes = ['ECONNREFUSED', 'ENOENT', 'ENOTFOUND', 'ETIMEDOUT', 'EHOSTUNREACH', 'EAI_AGAIN']
const loginCodes = ['28P01', '28000', '3D000']

function tellUnreachable(error: unknown): never {
  const code = errorCode(error) ?? ''
  if (![...unreachableCodes, ...loginCodes].includes(code)) throw error
  const reason = error instanceof Error && error.message ? error.message : code
  throw new StartRefused(
    `The database cannot be used (${reason}): see that PostgreSQL runs and that DATABASE_URL names it with a ` +
      'user that may log in.',
    { cause: error },
  )
}

/**
 * Brings ClickHouse up to this code as soon as it can be reached, however long that takes: publishing does not
 * wait for it. Ends early when aborted; rejects with MigrationError when the two do not belong together.
 */
export async function migrateAnalytics(
  engines: Pick<Engines, 'owner' | 'clickhouseUrl' | 'clickhouseCluster'>,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  if (!engines.clickhouseUrl) return
  const cluster = engines.clickhouseCluster ? { cluster: engines.clickhouseCluster } : {}
  const client = createClickHouse(engines.clickhouseUrl, { requestTimeoutMs: 30_000, log })
  try {
    while (!signal.aborted) {
      try {
        const applied = await withMigrationLock(engines.owner, 'analytics', () =>
          migrateClickHouse(client, directoryOf('clickhouse'), cluster),
        )
        if (applied.length) log.info({ applied: applied.length }, 'analytics migrated')
        return
      } catch (error) {
        if (error instanceof MigrationError) throw error
        log.warn({ err: error }, 'analytics could not be migrated yet')
        await delay(retryMs, undefined, { signal }).catch(() => undefined)
      }
    }
  } finally {
    await client.close()
  }
}
