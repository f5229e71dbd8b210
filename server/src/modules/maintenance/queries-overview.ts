/** What an operator and the metrics read of the record. */
import { sql } from 'kysely'
import type { Tx } from '../../infra/postgres/doors.ts'
import type { DutyRun, PartitionArchive, ViewRefresh } from './schema.ts'

export interface DutyRecord {
  readonly name: string
  readonly lastSucceededAt: Date | null
  /** Latest first. */
  readonly runs: readonly DutyRun[]
}

interface RunRow {
  duty: string
  last_succeeded_at: Date | null
  id: string
  cause: DutyRun['cause']
  started_at: Date
  finished_at: Date | null
  duration_ms: number | null
  result: DutyRun['result']
  summary: string | null
  details: string[]
  error_message: string | null
  remedy: string | null
}

const toRun = (row: RunRow): DutyRun => ({
  id: row.id,
  cause: row.cause,
  startedAt: row.started_at.toISOString(),
  finishedAt: row.finished_at?.toISOString() ?? null,
  durationMs: row.duration_ms,
  result: row.result,
  summary: row.summary,
  details: row.details,
  errorMessage: row.error_message,
  remedy: row.remedy,
})

/** Of every duty that ever ran: the latest runs. */
export async function listDutyRecords(tx: Tx, runsEach: number): Promise<Map<string, DutyRecord>> {
  const { rows } = await sql<RunRow>`
    select d.name as duty, d.last_succeeded_at, r.id, r.cause, r.started_at, r.finished_at, r.duration_ms, r.result,
      r.summary, r.details, r.error_message, r.remedy
    from app.maintenance_duties d
    cross join lateral (
      select * from app.maintenance_runs r where r.duty = d.name order by r.started_at desc limit ${runsEach}) r
    order by d.name, r.started_at desc`.execute(tx)
  const records = new Map<string, DutyRecord>()
  for (const row of rows) {
    const known = records.get(row.duty)
    records.set(row.duty, {
      name: row.duty,
      lastSucceededAt: row.last_succeeded_at,
      runs: [...(known?.runs ?? []), toRun(row)],
    })
  }
  return records
}

export async function listLatestRefreshes(tx: Tx): Promise<ViewRefresh[]> {
  const { rows } = await sql<{
    view_name: string
    started_at: Date
    duration_ms: number
    error_message: string | null
  }>`select distinct on (view_name) view_name, started_at, duration_ms, error_message
    from analytics.refresh_log order by view_name, started_at desc`.execute(tx)
  return rows.map((row) => ({
    viewName: row.view_name,
    startedAt: row.started_at.toISOString(),
    durationMs: row.duration_ms,
    errorMessage: row.error_message,
  }))
}

export async function listLatestArchives(tx: Tx, limit: number): Promise<PartitionArchive[]> {
  const { rows } = await sql<{
    partition_name: string
    table_name: string
    row_count: number
    location: string | null
    state: PartitionArchive['state']
    detached_at: Date
    dropped_at: Date | null
  }>`select partition_name, table_name, row_count, location, detached_at, dropped_at,
      case when dropped_at is not null then 'dropped' when verified_at is not null then 'verified'
        when archived_at is not null then 'written' else 'detached' end as state
    from app.partition_archives order by detached_at desc, partition_name limit ${limit}`.execute(tx)
  return rows.map((row) => ({
    partitionName: row.partition_name,
    tableName: row.table_name,
    rowCount: row.row_count,
    location: row.location,
    state: row.state,
    detachedAt: row.detached_at.toISOString(),
    droppedAt: row.dropped_at?.toISOString() ?? null,
  }))
}
