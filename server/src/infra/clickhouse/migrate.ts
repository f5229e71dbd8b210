import type { ClickHouseClient } from '@clickhouse/client'
import { type AppliedMigration, type Migration, pendingMigrations, readMigrations } from '../migrations.ts'
import { splitStatements } from './sql-tokens.ts'

export interface MigrateClickHouseOptions {
  /**
   * Runs the migration alone among all servers of the installation, typically under a PostgreSQL advisory
   * lock. Without it two servers may do the same work at once, which idempotent statements allow.
   */
  withLock?<T>(work: () => Promise<T>): Promise<T>
}

/**
 * Brings the client's database up to the SQL files of a directory, and returns the migrations it has run.
 *
 * ClickHouse has no transactions over DDL. So every statement of a migration is idempotent (IF NOT EXISTS,
 * IF EXISTS), and a migration is recorded once all of its statements have run: after a crash in the middle it
 * runs again from its start. Rejects with MigrationError if the database is newer than the code or a file
 * was changed after it was applied.
 */
export async function migrateClickHouse(
  client: ClickHouseClient,
  directory: string,
  { withLock = (work) => work() }: MigrateClickHouseOptions = {},
): Promise<Migration[]> {
  const migrations = await readMigrations(directory)
  return withLock(async () => {
    await client.command({ query: migrationsTable })
    const pending = pendingMigrations(migrations, await listApplied(client), 'The ClickHouse database')
    for (const migration of pending) {
      for (const statement of splitStatements(migration.sql)) await client.command({ query: statement })
      const { number, name, checksum } = migration
      await client.insert({
        table: 'schema_migrations',
        values: [{ number, name, checksum }],
        format: 'JSONEachRow',
        columns: ['number', 'name', 'checksum'],
      })
    }
    return pending
  })
}

/** Two servers that record the same migration at once leave one row. */
const migrationsTable = `
  CREATE TABLE IF NOT EXISTS schema_migrations
  (
    number UInt32,
    name String,
    checksum FixedString(64),
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
  )
  ENGINE = ReplacingMergeTree(applied_at)
  ORDER BY (number, checksum)`

async function listApplied(client: ClickHouseClient): Promise<AppliedMigration[]> {
  const result = await client.query({
    query: 'SELECT number, name, checksum FROM schema_migrations FINAL ORDER BY number',
    format: 'JSONEachRow',
  })
  return result.json<AppliedMigration>()
}
