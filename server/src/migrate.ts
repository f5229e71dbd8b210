import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { appLogin, type Engines } from './engines.ts'
import { createClickHouse } from './infra/clickhouse/client.ts'
import { migrateClickHouse } from './infra/clickhouse/migrate.ts'
import type { Log } from './infra/log.ts'
import { MigrationError } from './infra/migrations.ts'
import { explainDatabaseFault } from './infra/postgres/explain-fault.ts'
import { migratePostgres, withMigrationLock } from './infra/postgres/migrate.ts'
import { StartRefused } from './infra/process/start-refused.ts'

const directoryOf = (engine: string) => fileURLToPath(new URL(`../migrations/${engine}`, import.meta.url))
const retryMs = 2_000

/**
 * Brings PostgreSQL up to this code. The server does not start without it: `StartRefused` where the database
 * cannot be reached or does not let the login migrate it, `MigrationError` where it does not belong to this code.
 */
export async function migrateDatabase(
  engines: Pick<Engines, 'owner' | 'keyring'>,
  log: Log,
): Promise<{ applied: number }> {
  const { password: appPassword } = appLogin(engines)
  const { applied } = await migratePostgres({
    owner: engines.owner,
    appPassword,
    keyIds: engines.keyring.keyIds,
    directory: directoryOf('postgres'),
    log,
  }).catch((error: unknown) => {
    const explained = explainDatabaseFault(error, engines.owner)
    throw explained === undefined ? error : new StartRefused(explained, { cause: error })
  })
  if (applied) log.info({ applied }, 'database migrated')
  return { applied }
}

/**
 * Brings ClickHouse up to this code as soon as it can be reached, however long that takes: publishing does not
 * wait for it. Undefined where there is none, or when aborted; rejects with MigrationError when the two do not belong together.
 */
export async function migrateAnalytics(
  engines: Pick<Engines, 'owner' | 'clickhouseUrl' | 'clickhouseCluster'>,
  log: Log,
  signal: AbortSignal,
): Promise<{ applied: number } | undefined> {
  if (!engines.clickhouseUrl) return undefined
  const cluster = engines.clickhouseCluster ? { cluster: engines.clickhouseCluster } : {}
  const client = createClickHouse(engines.clickhouseUrl, { requestTimeoutMs: 30_000, log })
  try {
    while (!signal.aborted) {
      try {
        const applied = await withMigrationLock(engines.owner, 'analytics', () =>
          migrateClickHouse(client, directoryOf('clickhouse'), cluster),
        )
        if (applied.length) log.info({ applied: applied.length }, 'analytics migrated')
        return { applied: applied.length }
      } catch (error) {
        if (error instanceof MigrationError) throw error
        log.warn({ err: error }, 'analytics could not be migrated yet')
        await delay(retryMs, undefined, { signal }).catch(() => undefined)
      }
    }
    return undefined
  } finally {
    await client.close()
  }
}
