import type { ClickHouseClient } from '@clickhouse/client'
import {
  type AppliedMigration,
  type Migration,
  MigrationError,
  pendingMigrations,
  readMigrations,
} from '../migrations.ts'
import { deriveForCluster } from './derive-for-cluster.ts'
import { splitStatements } from './sql-tokens.ts'

export interface MigrateClickHouseOptions {
  /**
   * Runs the migration alone among all servers of the installation, typically under a PostgreSQL advisory
   * lock. Without it two servers may do the same work at once, which idempotent statements allow.
   */
  withLock?<T>(work: () => Promise<T>): Promise<T>
  /**
   * The cluster that all servers of the installation belong to, as `deriveForCluster` takes it. The same files
   * then make replicated and sharded tables. Without it: one server, and the statements as they are written.
   */
  readonly cluster?: string | undefined
}

/**
 * Brings the client's database up to the SQL files of a directory, and returns the migrations it has run.
 *
 * ClickHouse has no transactions over DDL. So every statement of a migration is idempotent (IF NOT EXISTS,
 * IF EXISTS), and a migration is recorded once all of its statements have run: after a crash in the middle it
 * runs again from its start. A server of a cluster that has not heard of a record yet runs it again, too.
 * Rejects with MigrationError if the database is newer than the code, if a file was changed after it was
 * applied, or if the tables were made for a cluster and there is none now, or the other way round.
 */
export async function migrateClickHouse(
  client: ClickHouseClient,
  directory: string,
  { withLock = (work) => work(), cluster }: MigrateClickHouseOptions = {},
): Promise<Migration[]> {
  const migrations = await readMigrations(directory)
  const run = async (statement: string) => {
    const derived = cluster === undefined ? [statement] : deriveForCluster(statement, cluster)
    for (const query of derived) await client.command({ query })
  }
  return withLock(async () => {
    await refuseOtherLayout(client, cluster)
    await run(migrationsTable)
    const pending = pendingMigrations(migrations, await listApplied(client), 'The ClickHouse database')
    for (const migration of pending) {
      for (const statement of splitStatements(migration.sql)) await run(statement)
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

/** Tables of one server and of a cluster have the same names, so IF NOT EXISTS would take one for the other. */
async function refuseOtherLayout(client: ClickHouseClient, cluster: string | undefined): Promise<void> {
  const result = await client.query({
    query: `
      SELECT engine FROM system.tables
      WHERE database = currentDatabase() AND (name = 'schema_migrations' OR engine = 'Distributed')`,
    format: 'JSONEachRow',
  })
  const engines = (await result.json<{ engine: string }>()).map(({ engine }) => engine)
  if (cluster === undefined && engines.includes('Distributed')) {
    throw new MigrationError(
      'The ClickHouse database was set up for a cluster: set CLICKHOUSE_CLUSTER to its name again.',
    )
  }
  if (cluster !== undefined && engines.includes('ReplacingMergeTree')) {
    throw new MigrationError(
      'The ClickHouse database was set up for a single server. Use a new, empty database for the cluster ' +
        `${cluster} and copy the tables into it, or leave CLICKHOUSE_CLUSTER out.`,
    )
  }
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
