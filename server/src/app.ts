/** The composition root: the only place that knows every module and puts the parts together. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ClickHouseClient } from '@clickhouse/client'
import type pg from 'pg'
import { createAnalytics } from './analytics/run.ts'
import { type Config, publicUrl } from './config.ts'
import { getConnector } from './connectors/registry.ts'
import { appLogin, type Engines } from './engines.ts'
import { createLocalCache } from './infra/cache/local-cache.ts'
import { createRedisCache } from './infra/cache/redis-cache.ts'
import { createClickHouse } from './infra/clickhouse/client.ts'
import { createFactWriter } from './infra/clickhouse/fact-writer.ts'
import { systemClock } from './infra/clock.ts'
import { createChangeFeed } from './infra/events/change-feed.ts'
import { routeOperations } from './infra/http/operations.ts'
import { createHttpServer, type HttpServer } from './infra/http/server.ts'
import { serveWebApp } from './infra/http/web-app.ts'
import { type JobRunner, runJobs } from './infra/jobs/queue.ts'
import { type Repetition, repeat } from './infra/jobs/repeat.ts'
import type { Log } from './infra/log.ts'
import { createMailer } from './infra/mail/mailer.ts'
import { createMetrics, type Metrics } from './infra/metrics.ts'
import { createGuardedFetch } from './infra/outbound-http/guarded-fetch.ts'
import { createDoors } from './infra/postgres/doors.ts'
import { prepareEnd } from './infra/postgres/end-pool.ts'
import { createKysely, createPool } from './infra/postgres/pool.ts'
import { createFolderStorage } from './infra/storage/storage.ts'
import { accounts } from './modules/accounts/index.ts'
import { ingestion } from './modules/ingestion/index.ts'
import { live } from './modules/live/index.ts'
import { maintenance } from './modules/maintenance/index.ts'
import { publishing, sweepPublications } from './modules/publishing/index.ts'
import type { Module, Services } from './modules/services.ts'
import { createIdentity, tenancy } from './modules/tenancy/index.ts'

const modules: readonly Module[] = [tenancy, accounts, publishing, ingestion, live, maintenance]
const webApp = fileURLToPath(new URL('../../web/dist', import.meta.url))

const requestTimeoutMs = 30_000
const mostResponseBytes = 10_000_000
const jobConcurrency = 10

export interface App {
  readonly services: Services
  readonly http: HttpServer
  /** Begins to work off jobs and to sweep for what is due. */
  startWorker(): Promise<void>
  /** Lets requests and jobs finish for a moment, then closes every connection. */
  stop(): Promise<void>
}

export interface AppOptions {
  readonly config: Config
  readonly engines: Pick<Engines, 'owner' | 'clickhouseUrl' | 'keyring'>
  readonly dataDirectory: string
  readonly log: Log
}

export async function createApp(options: AppOptions): Promise<App> {
  const { config, log } = options
  const parts = openParts(options)
  const { services, metrics } = parts
  const http = await createHttpServer({
    log,
    publicUrl: publicUrl(config),
    trustProxy: config.TRUST_PROXY,
  })
  routeOperations(http, metrics, readinessChecks(parts))
  for (const module of modules) {
    module.routes?.(http, services)
    module.measure?.(metrics, services)
  }
  await serveWebApp(http, webApp)

  let runner: JobRunner | undefined
  let sweep: Repetition | undefined
  return {
    services,
    http,
    async startWorker() {
      runner = await runJobs({
        pool: parts.jobsPool,
        jobs: modules.flatMap((module) => module.jobs?.(services) ?? []),
        schedules: modules.flatMap((module) => module.schedules ?? []),
        concurrency: jobConcurrency,
        log,
        observe: metrics.observeJob,
      })
      const everyMs = config.PUBLISH_SWEEP_INTERVAL_MS
      sweep = repeat({ name: 'sweep', everyMs, log, run: () => sweepPublications(services) })
    },
    async stop() {
      await Promise.all([http.close(), sweep?.stop(), runner?.stop()])
      await parts.close()
    },
  }
}

interface Parts {
  readonly services: Services
  readonly metrics: Metrics
  readonly pool: pg.Pool
  readonly jobsPool: pg.Pool
  readonly clickhouse: ClickHouseClient
  close(): Promise<void>
}

function openParts({ config, engines, dataDirectory, log }: AppOptions): Parts {
  const { keyring } = engines
  const login = appLogin(engines)
  const pool = createPool(login, { name: 'requests', max: 20, log })
  const identityPool = createPool(login, { name: 'identity', role: 'identity_service', max: 5, log })
  const jobsPool = createPool(login, {
    name: 'jobs',
    role: 'heliograph_jobs',
    max: jobConcurrency + 2,
    log,
    // The queue tries again where the database is away, and ends where it merely takes long to be reached.
    connectWithinMs: 30_000,
  })
  // The engine may be stopped as soon as this app is closed.
  const ends = [pool, identityPool, jobsPool].map(prepareEnd)
  // Without an engine the client's calls fail at once, which is what "away" means to everybody who asks.
  const clickhouse = createClickHouse(engines.clickhouseUrl ?? 'http://127.0.0.1:1', {
    requestTimeoutMs,
    log,
  })
  const changes = createChangeFeed(login, log)
  const cache = config.REDIS_URL
    ? createRedisCache({ url: config.REDIS_URL, log })
    : createLocalCache({ login, log, clock: systemClock })
  const mailer = createMailer({
    smtpUrl: config.SMTP_URL,
    from: config.MAIL_FROM,
    showInLog: config.NODE_ENV !== 'production',
    log,
  })
  const services: Services = {
    config,
    log,
    clock: systemClock,
    doors: createDoors(createKysely(pool)),
    keyring,
    identity: createIdentity({
      pool: identityPool,
      secret: keyring.derive('identity'),
      publicUrl: publicUrl(config),
      mailer,
      log,
    }),
    changes,
    cache,
    storage: createFolderStorage(join(dataDirectory, 'media')),
    archive: createFolderStorage(join(dataDirectory, 'archive')),
    mailer,
    fetch: createGuardedFetch({
      allowNetworks: config.OUTBOUND_ALLOW_NETWORKS,
      maxResponseBytes: mostResponseBytes,
      timeoutMs: requestTimeoutMs,
      maxRedirects: 3,
    }),
    connectorFor: getConnector,
    analytics: createAnalytics(clickhouse),
    facts: createFactWriter(clickhouse),
  }
  return {
    services,
    metrics: createMetrics(),
    pool,
    jobsPool,
    clickhouse,
    async close() {
      await Promise.all([changes.stop(), cache.stop(), clickhouse.close(), ...ends.map((end) => end())])
    },
  }
}

const readinessChecks = ({ pool, clickhouse, services: { config, cache } }: Parts) => [
  {
    name: 'postgres',
    required: true,
    check: async () => {
      await pool.query('select 1')
    },
  },
  {
    name: 'clickhouse',
    required: false,
    check: async () => {
      const result = await clickhouse.query({ query: 'select 1 from performance_metrics limit 1' })
      await result.text()
    },
  },
  // The default cache lives in PostgreSQL, which is named already.
  ...(config.REDIS_URL
    ? [
        {
          name: 'redis',
          required: false,
          check: async () => {
            if (!cache.isServing())
              throw new Error('Redis does not answer; limits are approximate until it does')
          },
        },
      ]
    : []),
]
