/** Partitions and old rows on their way out of the database. */
import { sql } from 'kysely'
import type { Tx } from '../../infra/postgres/doors.ts'

export interface LeavingPartition {
  readonly name: string
  readonly tableName: string
  readonly rowCount: number
  /** What is known of its archive; null until one has been written. */
  readonly archive: { readonly location: string; readonly sha256: string } | null
}

/** Partitions whose rows have all had their time, oldest first. */
export async function listExpiredPartitions(tx: Tx, now: Date): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select partition_name as name from app.expired_partitions(${now}::timestamptz)`.execute(tx)
  return rows.map(({ name }) => name)
}

/** It goes by another name from then on, so that a month of its name can be made again. */
export async function detachPartition(tx: Tx, name: string): Promise<void> {
  await sql`select app.detach_expired_partition(${name})`.execute(tx)
}

/** Gives the name of what was detached; null if no row is old enough. */
export async function detachOldRows(tx: Tx, tableName: string): Promise<string | null> {
  const { rows } = await sql<{ name: string | null }>`
    select app.detach_old_rows(${tableName}) as name`.execute(tx)
  return rows[0]?.name ?? null
}

export async function deleteOldRows(tx: Tx, tableName: string): Promise<number> {
  const { rows } = await sql<{ deleted: number }>`
    select app.delete_old_rows(${tableName}) as deleted`.execute(tx)
  return rows[0]?.deleted ?? 0
}

/** Detached and not yet dropped, in the order in which they left. */
export async function listLeavingPartitions(tx: Tx): Promise<LeavingPartition[]> {
  const { rows } = await sql<{
    partition_name: string
    table_name: string
    row_count: number
    location: string | null
    sha256: string | null
  }>`select partition_name, table_name, row_count, location, sha256 from app.partition_archives
    where dropped_at is null order by detached_at, partition_name`.execute(tx)
  return rows.map((row) => ({
    name: row.partition_name,
    tableName: row.table_name,
    rowCount: row.row_count,
    archive: row.location && row.sha256 ? { location: row.location, sha256: row.sha256 } : null,
  }))
}

/** A partition that has left its table, wherever it is on its way. */
export interface ArchiveRecord {
  readonly name: string
  readonly tableName: string
  readonly rowCount: number
  readonly detachedAt: Date
  /** Null until its file is written. */
  readonly file: { readonly location: string; readonly sha256: string } | null
  readonly verifiedAt: Date | null
  readonly droppedAt: Date | null
}

/** All that is recorded, by table and name, which is the order of time. */
export async function listArchives(tx: Tx): Promise<ArchiveRecord[]> {
  const { rows } = await sql<{
    partition_name: string
    table_name: string
    row_count: number
    detached_at: Date
    location: string | null
    sha256: string | null
    verified_at: Date | null
    dropped_at: Date | null
  }>`select partition_name, table_name, row_count, detached_at, location, sha256, verified_at, dropped_at
    from app.partition_archives order by table_name, partition_name`.execute(tx)
  return rows.map((row) => ({
    name: row.partition_name,
    tableName: row.table_name,
    rowCount: row.row_count,
    detachedAt: row.detached_at,
    file: row.location && row.sha256 ? { location: row.location, sha256: row.sha256 } : null,
    verifiedAt: row.verified_at,
    droppedAt: row.dropped_at,
  }))
}

export interface DetachedRow {
  readonly text: string
  readonly key: unknown
}

export async function listDetachedRows(
  tx: Tx,
  name: string,
  afterKey: unknown,
  limit: number,
): Promise<DetachedRow[]> {
  const key = afterKey === undefined ? null : JSON.stringify(afterKey)
  const { rows } = await sql<{ row_text: string; row_key: unknown }>`
    select row_text, row_key from app.detached_rows_after(${name}, ${key}::jsonb, ${limit})`.execute(tx)
  return rows.map((row) => ({ text: row.row_text, key: row.row_key }))
}

export async function recountPartition(tx: Tx, name: string): Promise<number> {
  const { rows } = await sql<{ held: number }>`
    select app.recount_detached_partition(${name}) as held`.execute(tx)
  const [row] = rows
  if (!row) throw new Error(`partition ${name} could not be counted`)
  return row.held
}

export async function updateArchive(
  tx: Tx,
  name: string,
  archive: { location: string; rows: number; sha256: string },
): Promise<void> {
  await sql`select app.record_partition_archive(${name}, ${archive.location}, ${archive.rows}, ${archive.sha256})`.execute(
    tx,
  )
}

/** Whether what was read back is what was recorded, in number and in content. */
export async function verifyArchive(
  tx: Tx,
  name: string,
  read: { rows: number; sha256: string },
): Promise<boolean> {
  const { rows } = await sql<{ ok: boolean }>`
    select app.verify_partition_archive(${name}, ${read.rows}, ${read.sha256}) as ok`.execute(tx)
  return rows[0]?.ok ?? false
}

export async function dropPartition(tx: Tx, name: string): Promise<void> {
  await sql`select app.drop_archived_partition(${name})`.execute(tx)
}
