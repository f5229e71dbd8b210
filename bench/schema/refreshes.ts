/** The work that maintenance does by the clock over all workspaces, timed on the data of the benchmark. */
import type pg from 'pg'

export interface Refresh {
  readonly view: string
  readonly seconds: number
}

/** Once to bring the views up to the data, then the times of the second, which is what happens every hour. */
export async function measureRefreshes(client: pg.Client): Promise<Refresh[]> {
  await refreshAll(client)
  return refreshAll(client)
}

async function refreshAll(client: pg.Client): Promise<Refresh[]> {
  const { rows } = await asRole<{ view_name: string; duration_ms: string; error_message: string | null }>(
    client,
    'dispatch_service',
    'select view_name, duration_ms, error_message from analytics.refresh_all_materialized_views()',
  )
  const failed = rows.find(({ error_message }) => error_message !== null)
  if (failed) throw new Error(`the view ${failed.view_name} was not refreshed: ${failed.error_message}`)
  return rows.map(({ view_name, duration_ms }) => ({ view: view_name, seconds: Number(duration_ms) / 1_000 }))
}

export interface DailyAggregation {
  /** Sums of the day and of its agents, all workspaces in one call. */
  readonly sumsSeconds: number
  /** Daily changes of every post with a snapshot of the day, workspace by workspace. */
  readonly deltasSeconds: number
  readonly deltas: number
}

/** One day of the duties `sum_days` and `compute_deltas`, as they call the database. */
export async function measureDailyAggregation(client: pg.Client, day: Date): Promise<DailyAggregation> {
  const date = day.toISOString().slice(0, 10)
  const sumsSeconds = await seconds(async () => {
    await asRole(client, 'dispatch_service', 'select analytics.aggregate_daily_metrics($1::date)', [date])
    await asRole(client, 'dispatch_service', 'select analytics.aggregate_agent_performance($1::date)', [date])
  })
  let deltas = 0
  const deltasSeconds = await seconds(async () => {
    const { rows } = await asRole<{ id: string }>(
      client,
      'dispatch_service',
      'select id from workspaces order by id',
    )
    for (const { id } of rows) {
      const { rows: counted } = await asRole<{ count: string }>(
        client,
        'workspace_service',
        `select app.rebuild_post_deltas($1::uuid, 'daily', $2::timestamptz, $2::timestamptz + interval '1 day') as count`,
        [id, day],
        id,
      )
      deltas += Number(counted[0]?.count ?? 0)
    }
  })
  return { sumsSeconds, deltasSeconds, deltas }
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return (performance.now() - startedAt) / 1_000
}

/** As the doors do it: the settings end with the transaction. */
async function asRole<Row extends pg.QueryResultRow>(
  client: pg.Client,
  role: string,
  text: string,
  values: readonly unknown[] = [],
  workspaceId = '',
): Promise<pg.QueryResult<Row>> {
  await client.query('begin')
  try {
    await client.query(`select set_config('app.workspace_id', $1, true), set_config('role', $2, true)`, [
      workspaceId,
      role,
    ])
    const result = await client.query<Row>(text, [...values])
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}
