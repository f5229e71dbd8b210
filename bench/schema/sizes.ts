/** What the data takes on disk, by table, and per workspace and month. */
import type pg from 'pg'

export interface RelationSize {
  readonly table: string
  readonly rows: number
  readonly heapBytes: number
  readonly toastBytes: number
  readonly indexBytes: number
}

/** Of the product's own tables and materialized views, partitions added up; the largest first. */
export async function listRelationSizes(client: pg.Client): Promise<RelationSize[]> {
  const { rows } = await client.query<
    Record<'rows' | 'heap' | 'toast' | 'indexes', string> & { table: string }
  >(
    `select rn.nspname || '.' || r.relname as table, sum(greatest(c.reltuples, 0))::bigint as rows,
       sum(pg_relation_size(c.oid, 'main') + pg_relation_size(c.oid, 'fsm') + pg_relation_size(c.oid, 'vm')) as heap,
       sum(coalesce(pg_total_relation_size(nullif(c.reltoastrelid, 0)), 0)) as toast,
       sum(pg_indexes_size(c.oid)) as indexes
     from pg_class c
     join pg_namespace n on n.oid = c.relnamespace
     join pg_class r on r.oid = coalesce(pg_partition_root(c.oid), c.oid)
     join pg_namespace rn on rn.oid = r.relnamespace
     where c.relkind in ('r', 'm') and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'graphile_worker')
     group by 1 order by sum(pg_total_relation_size(c.oid)) desc, 1`,
  )
  return rows.map((row) => ({
    table: row.table,
    rows: Number(row.rows),
    heapBytes: Number(row.heap),
    toastBytes: Number(row.toast),
    indexBytes: Number(row.indexes),
  }))
}

export const totalBytes = ({ heapBytes, toastBytes, indexBytes }: RelationSize) =>
  heapBytes + toastBytes + indexBytes
