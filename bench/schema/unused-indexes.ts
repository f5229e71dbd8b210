/** Indexes that the whole workload has not asked, and that nobody has given a reason for. */
import type pg from 'pg'

export interface IndexUse {
  /** With its schema; of a partitioned table, the index of the whole. */
  readonly index: string
  readonly table: string
  readonly scans: number
  readonly sizeBytes: number
  /** Keeps rows unique or apart, whether anybody asks it or not. */
  readonly guards: boolean
  /** Its first columns are those of a foreign key: it is asked when the row referred to goes. */
  readonly servesForeignKey: boolean
}

/** Forgets what was counted before, the generation of the data above all. */
export async function forgetIndexUse(client: pg.Client): Promise<void> {
  await client.query('select pg_stat_reset()')
}

export async function readIndexUse(client: pg.Client): Promise<IndexUse[]> {
  // Counts of this connection itself are handed in before they are read.
  await client.query('select pg_stat_force_next_flush()')
  await client.query('select pg_stat_clear_snapshot()')
  const { rows } = await client.query<{
    index: string
    table: string
    scans: string
    bytes: string
    guards: boolean
    serves_foreign_key: boolean
  }>(
    `with counted as (
       select coalesce(pg_partition_root(s.indexrelid), s.indexrelid) as root, sum(s.idx_scan) as scans,
         sum(pg_relation_size(s.indexrelid)) as bytes
       from pg_stat_user_indexes s where s.schemaname <> 'graphile_worker' group by 1
     ), columns as (
       select i.indexrelid, i.indrelid, i.indisunique or i.indisexclusion as guards,
         string_to_array(i.indkey::text, ' ')::int2[] as keys
       from pg_index i where i.indrelid in (select indrelid from pg_index join counted on root = indexrelid)
     ), serving as (
       -- Of several that could, the narrowest; none where the key of the table does it already.
       select distinct on (f.oid) c.indexrelid, c.guards
       from pg_constraint f join columns c on c.indrelid = f.conrelid
       where f.contype = 'f' and c.keys[1:cardinality(f.conkey)] @> f.conkey and c.keys[1:cardinality(f.conkey)] <@ f.conkey
         and not exists (select from pg_index p where p.indexrelid = c.indexrelid and p.indpred is not null)
       order by f.oid, c.guards desc, cardinality(c.keys), c.indexrelid
     )
     select n.nspname || '.' || c.relname as index, tn.nspname || '.' || t.relname as table, k.scans, k.bytes, x.guards,
       exists (select from serving s where s.indexrelid = k.root) as serves_foreign_key
     from counted k
     join columns x on x.indexrelid = k.root
     join pg_class c on c.oid = k.root join pg_namespace n on n.oid = c.relnamespace
     join pg_class t on t.oid = x.indrelid join pg_namespace tn on tn.oid = t.relnamespace
     order by 1`,
  )
  return rows.map((row) => ({
    index: row.index,
    table: row.table,
    scans: Number(row.scans),
    sizeBytes: Number(row.bytes),
    guards: row.guards,
    servesForeignKey: row.serves_foreign_key,
  }))
}

export function withoutReason(
  uses: readonly IndexUse[],
  reasons: Readonly<Record<string, string>>,
): IndexUse[] {
  return uses.filter(
    ({ index, scans, guards, servesForeignKey }) =>
      scans === 0 && !guards && !servesForeignKey && !Object.hasOwn(reasons, index),
  )
}

/** Reasons for what is not there: an index was renamed or dropped, and its reason stayed behind. */
export function reasonsWithoutIndex(
  uses: readonly IndexUse[],
  reasons: Readonly<Record<string, string>>,
): string[] {
  const known = new Set(uses.map(({ index }) => index))
  return Object.keys(reasons).filter((name) => !known.has(name))
}
