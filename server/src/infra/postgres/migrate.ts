import { runMigrations as migrateQueue } from 'graphile-worker'
import pg from 'pg'
import type { Log } from '../log.ts'
import {
  type AppliedMigration,
  type Migration,
  MigrationError,
  pendingMigrations,
  readMigrations,
} from '../migrations.ts'
import { requireOwnAppRole } from './app-role.ts'
import { createPool, type Login, loginUrl } from './pool.ts'

/**
 * Any numbers that only Heliograph's migrations take as advisory locks. Analytics have one of their own: a
 * ClickHouse that swallows questions must not hold up the start of another server.
 */
const migrationLocks = { database: 4_841_050_612, analytics: 4_841_050_613 } as const
export const appLoginRole = 'heliograph_app'

export interface MigrateOptions {
  /** The login that owns the database; needs CREATEROLE. */
  readonly owner: Login
  readonly appPassword: string
  /** Ids of the keys of this server's secrets, the present one first. */
  readonly keyIds: readonly [string, ...string[]]
  readonly directory: string
  readonly log: Log
}

/**
 * Brings the database up to this code: every migration not yet applied, each in one transaction, under a lock
 * on which a second server waits. Refuses a database that is newer than the code, a migration that was changed
 * after it was applied, and a PostgreSQL server whose application role belongs to another installation.
 */
export async function migratePostgres(options: MigrateOptions): Promise<{ applied: number }> {
  const migrations = await readMigrations(options.directory)
  return withMigrationLock(options.owner, 'database', async (client) => {
    await client.query(`
      create schema if not exists app;
      create table if not exists app.schema_migrations (
        number integer primary key, name text not null, checksum text not null,
        applied_at timestamptz not null default now());
      create table if not exists app.installation (
        single boolean primary key default true check (single), key_id text not null)`)
    const { rows } = await client.query<AppliedMigration>(
      'select number, name, checksum from app.schema_migrations',
    )
    const pending = pendingMigrations(migrations, rows, 'The database')
    await claimInstallation(client, options)
    for (const migration of pending) await apply(client, migration)
    await installQueue(options)
    await allowAppLogin(client, options.appPassword)
    await client.query(`select app.ensure_partitions(now(), 3)`)
    return { applied: pending.length }
  })
}

/** Runs alone among all servers of the installation: others wait until the lock's connection ends. */
export async function withMigrationLock<T>(
  owner: Login,
  what: keyof typeof migrationLocks,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: loginUrl(owner), application_name: 'heliograph migrate' })
  // A connection that dies fails the query that waits on it; without a listener it would end this process.
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [migrationLocks[what]])
    return await work(client)
  } finally {
    await client.end()
  }
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  try {
    await client.query('begin')
    await client.query(migration.sql)
    await client.query('insert into app.schema_migrations (number, name, checksum) values ($1, $2, $3)', [
      migration.number,
      migration.name,
      migration.checksum,
    ])
    await client.query('commit')
  } catch (cause) {
    await client.query('rollback')
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(
      `Migration ${migration.number} (${migration.name}) failed and left nothing behind: ${reason}`,
      {
        cause,
      },
    )
  }
}

/** The queue's own schema, by its own migrations, as the role that owns it. */
async function installQueue({ owner, log }: MigrateOptions): Promise<void> {
  const pool = createPool(owner, { name: 'migrate queue', role: 'heliograph_jobs', max: 1, log })
  try {
    await migrateQueue({ pgPool: pool })
  } finally {
    await pool.end()
  }
}

/**
 * One installation has one secret: a server that holds another could not open a single token, and would change
 * the application's password under the others. A rotation names the earlier secret, and then the new one counts.
 */
async function claimInstallation(
  client: pg.Client,
  { owner, appPassword, keyIds }: MigrateOptions,
): Promise<void> {
  const { rows } = await client.query<{ key_id: string }>('select key_id from app.installation')
  const known = rows[0]?.key_id
  if (known !== undefined && !keyIds.includes(known)) {
    throw new MigrationError(
      'This database belongs to an installation with another secret. Set HELIOGRAPH_SECRET to the secret of that ' +
        'installation (the file "secret" in its data folder), or name it in HELIOGRAPH_PREVIOUS_SECRETS to change it.',
    )
  }
  if (known === undefined) {
    await requireOwnAppRole(client, { url: owner.url, user: appLoginRole, password: appPassword })
  }
  await client.query(
    'insert into app.installation (key_id) values ($1) on conflict (single) do update set key_id = excluded.key_id',
    [keyIds[0]],
  )
}

/** Lets the application log in with a password that every server of this installation derives alike. */
async function allowAppLogin(client: pg.Client, password: string): Promise<void> {
  await client.query(`alter role ${appLoginRole} login password ${client.escapeLiteral(password)}`)
}
