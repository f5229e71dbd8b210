import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp } from '../server/src/app.ts'
import { readConfig } from '../server/src/config.ts'
import { startEngines } from '../server/src/engines.ts'
import { createLog } from '../server/src/infra/log.ts'
import { loginUrl } from '../server/src/infra/postgres/pool.ts'
import { migrateAnalytics, migrateDatabase } from '../server/src/migrate.ts'
import { startBlueskyNetwork } from '../server/test/bluesky-network/network.ts'
import { type KillResult, runKillScenario } from '../server/test/chaos/kill-scenario.ts'

const seed = 1

/** The scenario of the chaos test on engines and a network of its own. */
export async function killPublications(kills: number): Promise<KillResult> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'heliograph-bench-kills-'))
  await chmod(dataDirectory, 0o711)
  const environment = {
    NODE_ENV: 'test',
    LOG_LEVEL: 'fatal',
    HELIOGRAPH_SECRET: randomBytes(32).toString('base64url'),
    HELIOGRAPH_DATA: dataDirectory,
    OUTBOUND_ALLOW_NETWORKS: '127.0.0.0/8,::1/128',
    PUBLISH_CALL_TIMEOUT_MS: '2500',
    PUBLISH_SWEEP_INTERVAL_MS: '200',
  }
  const config = readConfig(environment)
  const log = createLog(config.LOG_LEVEL)
  const [engines, network] = await Promise.all([
    startEngines(config, dataDirectory, log),
    startBlueskyNetwork(),
  ])
  try {
    await migrateDatabase(engines, log)
    await migrateAnalytics(engines, log, new AbortController().signal)
    const app = await createApp({ config, engines, dataDirectory, log })
    try {
      await app.http.ready()
      const places = {
        DATABASE_URL: loginUrl(engines.owner),
        CLICKHOUSE_URL: engines.clickhouseUrl ?? '',
        NODE_COMPILE_CACHE: join(dataDirectory, 'compiled'),
      }
      return await runKillScenario({ app, environment: { ...environment, ...places }, network, kills, seed })
    } finally {
      await app.stop()
    }
  } finally {
    await Promise.all([engines.stop(), network.stop()])
    await rm(dataDirectory, { recursive: true, force: true })
  }
}
