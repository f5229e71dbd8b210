import type { ClickHouseClient } from '@clickhouse/client'
import { localName } from '../../infra/clickhouse/cluster-statements.ts'
import { sqlString } from '../../infra/clickhouse/sql-tokens.ts'

export interface FactStore {
  readonly clickhouse: ClickHouseClient
  /** The name of the cluster, where it is one. */
  readonly cluster: string | undefined
}

/** A ClickHouse that swallows questions is away, too. */
const longestWaitMs = 20_000

/** Every table with rows of workspaces, by the name under which it is read: of one server, or over all shards. */
export async function listFactTables({ clickhouse, cluster }: FactStore): Promise<string[]> {
  const answer = await clickhouse.query({
    query: `
      SELECT name FROM system.tables
      WHERE database = currentDatabase() AND ${cluster === undefined ? "engine LIKE '%MergeTree'" : "engine = 'Distributed'"}
        AND name IN (SELECT table FROM system.columns WHERE database = currentDatabase() AND name = 'workspace_id')
      ORDER BY name`,
    format: 'JSONEachRow',
    abort_signal: AbortSignal.timeout(longestWaitMs),
  })
  return (await answer.json<{ name: string }>()).map(({ name }) => name)
}

/** A Distributed table deletes nothing: each shard does it in its own. */
export const deletionFrom = (table: string, cluster: string | undefined): string =>
  `DELETE FROM ${cluster === undefined ? table : `${localName(table)} ON CLUSTER ${sqlString(cluster)}`} ` +
  'WHERE workspace_id IN ({workspaceIds: Array(UUID)})'

/**
 * Deletes what ClickHouse knows of these workspaces, and returns how many facts of posts that were. A deletion costs a
 * turn of every part of a table, whatever it finds there: many workspaces at once cost no more than one, and a table
 * that has nothing of theirs is left alone. On a cluster it is asked all the same: a copy may lag behind. `signal` ends
 * the waiting; what ClickHouse has begun to delete it deletes.
 */
export async function forgetFacts(
  store: FactStore,
  workspaceIds: readonly string[],
  signal?: AbortSignal,
): Promise<number> {
  const counts = await Promise.all(
    (await listFactTables(store)).map(async (table) => {
      const found = await countRows(store, table, workspaceIds)
      if (found || store.cluster !== undefined) {
        await store.clickhouse.command({
          query: deletionFrom(table, store.cluster),
          query_params: { workspaceIds },
          ...(signal && { abort_signal: signal }),
        })
      }
      return table === 'performance_metrics' ? found : 0
    }),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}

async function countRows({ clickhouse }: FactStore, table: string, workspaceIds: readonly string[]) {
  const answer = await clickhouse.query({
    query: `SELECT count() AS count FROM ${table} WHERE workspace_id IN ({workspaceIds: Array(UUID)})`,
    query_params: { workspaceIds },
    format: 'JSONEachRow',
  })
  const [row] = await answer.json<{ count: string }>()
  return Number(row?.count ?? 0)
}
