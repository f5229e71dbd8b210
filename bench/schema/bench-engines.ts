/** The embedded engines on a data directory of the benchmark, migrated, with every way in that measuring needs. */
import type { ClickHouseClient } from '@clickhouse/client'
import pg from 'pg'
import { readConfig } from '../../server/src/config.ts'
import { appLogin, type Engines, startEngines } from '../../server/src/engines.ts'
import { createClickHouse } from '../../server/src/infra/clickhouse/client.ts'
import { createKeyring } from '../../server/src/infra/crypto/keyring.ts'
import { readOrCreateSecret } from '../../server/src/infra/crypto/secret-file.ts'
import { createLog } from '../../server/src/infra/log.ts'
import { type Login, loginUrl } from '../../server/src/infra/postgres/pool.ts'
import { migrateAnalytics, migrateDatabase } from '../../server/src/migrate.ts'

export interface BenchEngines {
  /** As the product logs in: owns nothing, bound by every policy. */
  readonly app: Login
  /** Row-level security does not apply to it. */
  readonly superuser: Login
  readonly clickhouse: ClickHouseClient
  readonly clickhouseUrl: string
  stop(): Promise<void>
}

const requestTimeoutMs = 600_000

export async function startBenchEngines(dataDirectory: string): Promise<BenchEngines> {
  const log = createLog('error')
  const engines = await startEngines(readConfig({ NODE_ENV: 'test' }), dataDirectory, log)
  try {
    await migrateDatabase(engines, log)
    await migrateAnalytics(engines, log, new AbortController().signal)
    if (!engines.clickhouseUrl) throw new Error('ClickHouse did not start: nothing can be measured')
    const { clickhouseUrl } = engines
    const clickhouse = createClickHouse(clickhouseUrl, { requestTimeoutMs, log })
    return {
      app: appLogin(engines),
      superuser: await superuserOf(engines, dataDirectory),
      clickhouse,
      clickhouseUrl,
      async stop() {
        await clickhouse.close()
        await engines.stop()
      },
    }
  } catch (error) {
    await engines.stop()
    throw error
  }
}

/** The cluster's own superuser, as `startEngines` made it. */
async function superuserOf(engines: Engines, dataDirectory: string): Promise<Login> {
  const cluster = createKeyring([await readOrCreateSecret(dataDirectory)])
  return { url: engines.owner.url, user: 'postgres', password: cluster.derive('postgres/superuser') }
}

/** A connection without time limits. Whoever opens it ends it. */
export async function connect(login: Login): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: loginUrl(login), application_name: 'heliograph bench' })
  // A connection that dies fails the query that waits on it; without a listener it would end this process.
  client.on('error', () => undefined)
  await client.connect()
  return client
}
