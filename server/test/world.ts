/** A world of its own for one test file: a cloned database, a ClickHouse database, a server, and no network but loopback. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@clickhouse/client'
import pg from 'pg'
import { inject } from 'vitest'
import { type App, createApp } from '../src/app.ts'
import { type Config, readConfig } from '../src/config.ts'
import { createKeyring, type Keyring } from '../src/infra/crypto/keyring.ts'
import { createLog, type Log } from '../src/infra/log.ts'
import { type Login, loginUrl } from '../src/infra/postgres/pool.ts'
import { migrateAnalytics } from '../src/migrate.ts'
import { templateDatabase, testSecret } from './engines-for-tests.ts'

export interface World {
  readonly app: App
  readonly config: Config
  readonly keyring: Keyring
  /** The owner of the world's database, for looking behind the policies. */
  readonly owner: Login
  readonly clickhouseUrl: string
  readonly dataDirectory: string
  /** Runs a statement as the owner of all tables. */
  query<Row extends pg.QueryResultRow>(sql: string, parameters?: unknown[]): Promise<Row[]>
  stop(): Promise<void>
}

const loopback = '127.0.0.0/8,::1/128'

/** `log`: where the server's log lines go, for tests that read them. */
export async function createWorld(
  env: Record<string, string> = {},
  options: { log?: Log } = {},
): Promise<World> {
  const database = `test_${randomBytes(6).toString('hex')}`
  const superuser = inject('superuserUrl')
  const keyring = createKeyring([testSecret])
  await asSuperuser(
    superuser,
    `create database ${database} template ${templateDatabase} owner heliograph_owner`,
  )
  const owner = {
    url: withPath(superuser, database),
    user: 'heliograph_owner',
    password: keyring.derive('postgres/owner'),
  }
  const clickhouseUrl = withPath(inject('clickhouseUrl'), database)
  await createClickHouseDatabase(inject('clickhouseUrl'), database)
  const log = options.log ?? createLog(process.env.LOG_LEVEL ?? 'error')
  await migrateAnalytics(
    { owner, clickhouseUrl, clickhouseCluster: undefined },
    log,
    new AbortController().signal,
  )

  const dataDirectory = await mkdtemp(join(tmpdir(), 'heliograph-world-'))
  const config = readConfig({ NODE_ENV: 'test', OUTBOUND_ALLOW_NETWORKS: loopback, ...env })
  const app = await createApp({ config, engines: { owner, clickhouseUrl, keyring }, dataDirectory, log })
  await app.http.ready()
  // The owner is no superuser and bound by the same forced policies; looking behind them takes the superuser.
  const everything = new pg.Pool({ connectionString: withPath(superuser, database), max: 2 })
  // Dropping the database ends what is still closing; that is no fault of a test.
  everything.on('error', () => undefined)
  everything.on('connect', (client) => client.on('error', () => undefined))
  return {
    app,
    config,
    keyring,
    owner,
    clickhouseUrl,
    dataDirectory,
    query: async (sql, parameters) => (await everything.query(sql, parameters)).rows,
    async stop() {
      await app.stop()
      await everything.end()
      await asSuperuser(superuser, `drop database ${database} with (force)`)
      await rm(dataDirectory, { recursive: true, force: true })
    },
  }
}

export const ownerUrlOf = (world: World) => loginUrl(world.owner)

function withPath(url: string, path: string): string {
  const changed = new URL(url)
  changed.pathname = `/${path}`
  return changed.href
}

async function asSuperuser(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

async function createClickHouseDatabase(url: string, name: string): Promise<void> {
  const client = createClient({ url })
  try {
    await client.command({ query: `CREATE DATABASE ${name}` })
  } finally {
    await client.close()
  }
}
