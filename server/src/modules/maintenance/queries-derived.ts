/** The functions that compute derived tables, and those that keep the database in order. */
import { type RawBuilder, sql } from 'kysely'
import type { Tx } from '../../infra/postgres/doors.ts'

async function countOf(tx: Tx, call: RawBuilder<{ count: number }>): Promise<number> {
  const { rows } = await call.execute(tx)
  return rows[0]?.count ?? 0
}

export interface Refreshed {
  readonly view_name: string
  readonly duration_ms: number
  readonly error_message: string | null
}

export async function refreshViews(tx: Tx): Promise<Refreshed[]> {
  const { rows } = await sql<Refreshed>`
    select view_name, duration_ms, error_message from analytics.refresh_all_materialized_views()`.execute(tx)
  return rows
}

/** Null where nothing ever happened. */
export async function findFirstActivity(tx: Tx): Promise<Date | null> {
  const { rows } = await sql<{ at: Date | null }>`select app.first_activity_at() as at`.execute(tx)
  return rows[0]?.at ?? null
}

export const aggregateHour = (tx: Tx, hour: Date): Promise<number> =>
  countOf(tx, sql`select analytics.aggregate_hourly_metrics(${hour}::timestamptz) as count`)

/** `day` as 2026-11-21: each workspace sums it by its own clock. Gives the number of agents that ran. */
export async function aggregateDay(tx: Tx, day: string): Promise<number> {
  await sql`select analytics.aggregate_daily_metrics(${day}::date)`.execute(tx)
  return countOf(tx, sql`select analytics.aggregate_agent_performance(${day}::date) as count`)
}

export const fillUserCohorts = (tx: Tx, now: Date): Promise<number> =>
  countOf(tx, sql`select analytics.fill_user_cohorts(${now}::timestamptz) as count`)

export const recordAudienceGrowth = (tx: Tx): Promise<number> =>
  countOf(tx, sql`select analytics.record_audience_growth() as count`)

export interface NewSnapshots {
  readonly workspaceId: string
  /** Of what the earliest of them tells. */
  readonly earliestAt: Date
}

/** Workspaces with snapshots that were written since an instant; null: ever. */
export async function listNewSnapshots(tx: Tx, since: Date | null): Promise<NewSnapshots[]> {
  const { rows } = await sql<{ workspace_id: string; earliest_at: Date }>`
    select workspace_id, earliest_at
    from app.workspaces_with_snapshots_since(coalesce(${since}::timestamptz, '-infinity'))`.execute(tx)
  return rows.map((row) => ({ workspaceId: row.workspace_id, earliestAt: row.earliest_at }))
}

export type Period = 'hourly' | 'daily' | 'weekly' | 'monthly' | 'quarterly'

/** In the transaction of the workspace. Gives the number of deltas. */
export const rebuildDeltas = (
  tx: Tx,
  { workspaceId, earliestAt }: NewSnapshots,
  period: Period,
): Promise<number> =>
  countOf(
    tx,
    sql`select app.rebuild_post_deltas(${workspaceId}::uuid, ${period}::period, ${earliestAt}::timestamptz) as count`,
  )

export async function ensurePartitions(tx: Tx, now: Date, monthsAhead: number): Promise<void> {
  await sql`select app.ensure_partitions(${now}::timestamptz, ${monthsAhead})`.execute(tx)
}

/** Gives the number of rows by table. */
export async function cleanUpOldData(tx: Tx): Promise<{ table_name: string; deleted: number }[]> {
  const { rows } = await sql<{ table_name: string; deleted: number }>`
    select table_name, deleted from analytics.cleanup_old_data()`.execute(tx)
  return rows
}

export const analyzePartitionedTables = (tx: Tx): Promise<number> =>
  countOf(tx, sql`select app.analyze_partitioned_tables() as count`)

export async function reviewPerformance(tx: Tx): Promise<{ kind: string; finding: string }[]> {
  const { rows } = await sql<{ kind: string; finding: string }>`
    select kind, finding from app.review_performance()`.execute(tx)
  return rows
}
