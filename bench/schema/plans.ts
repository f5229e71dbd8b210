/** Sequential scans of big tables: by the plan, and by the database's own count where a function hides its plan. */
import type pg from 'pg'
import { z } from 'zod'
import type { Captured } from './capture.ts'

const bigTableRows = 10_000

export interface SequentialScan {
  readonly query: string
  readonly table: string
  readonly rows: number
  readonly foundBy: 'plan' | 'counter'
}

const PlanNode = z.object({
  'Node Type': z.string(),
  'Relation Name': z.string().optional(),
  Schema: z.string().optional(),
  get Plans() {
    return z.array(PlanNode).optional()
  },
})
type PlanNode = z.infer<typeof PlanNode>
const Explained = z.array(z.object({ 'QUERY PLAN': z.array(z.object({ Plan: PlanNode })) }))

/** Rows by partitioned table, its partitions added up, so that a table is big however it is cut. */
type Sizes = ReadonlyMap<string, { readonly root: string; readonly rows: number }>

export async function findSequentialScans(
  client: pg.Client,
  query: string,
  captured: readonly Captured[],
): Promise<SequentialScan[]> {
  const found = new Map<string, SequentialScan>()
  const sizes = await readSizes(client)
  for (const { entrance, statement } of captured) {
    await client.query('begin')
    await client.query(entrance.text, [...entrance.values])
    const before = await countedScans(client)
    const explained = [
      await client.query(`explain (verbose, format json) ${statement.text}`, [...statement.values]),
      // The plan for all values, to which a connection may come for a statement that it has prepared.
      await client.query(`explain (generic_plan, verbose, format json) ${statement.text}`),
    ]
    const planned = explained.flatMap(({ rows }) =>
      Explained.parse(rows).flatMap((row) => row['QUERY PLAN'].flatMap(({ Plan }) => scannedBy(Plan))),
    )
    await client.query(statement.text, [...statement.values])
    const after = await countedScans(client)
    await client.query('commit')
    const counted = [...after]
      .filter(([table, scans]) => scans > (before.get(table) ?? 0))
      .map(([table]) => table)
    for (const [foundBy, tables] of [
      ['plan', planned],
      ['counter', counted],
    ] as const) {
      for (const { root, rows } of bigOnes(tables, sizes)) {
        if (!found.has(root)) found.set(root, { query, table: root, rows, foundBy })
      }
    }
  }
  return [...found.values()]
}

function scannedBy(node: PlanNode): string[] {
  const own = node['Node Type'] === 'Seq Scan' ? [`${node.Schema}.${node['Relation Name']}`] : []
  return [...own, ...(node.Plans ?? []).flatMap(scannedBy)]
}

/** What is read of one table by scans adds up over its partitions. */
function bigOnes(tables: readonly string[], sizes: Sizes): { root: string; rows: number }[] {
  const rows = new Map<string, number>()
  for (const table of new Set(tables)) {
    const size = sizes.get(table)
    if (size) rows.set(size.root, (rows.get(size.root) ?? 0) + size.rows)
  }
  return [...rows].filter(([, count]) => count > bigTableRows).map(([root, count]) => ({ root, rows: count }))
}

async function readSizes(client: pg.Client): Promise<Sizes> {
  const { rows } = await client.query<{ table: string; root: string; rows: number }>(
    `select n.nspname || '.' || c.relname as table,
       (select rn.nspname || '.' || r.relname from pg_class r join pg_namespace rn on rn.oid = r.relnamespace
        where r.oid = coalesce(pg_partition_root(c.oid), c.oid)) as root,
       greatest(c.reltuples, 0)::float8 as rows
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'm') and n.nspname not in ('pg_catalog', 'information_schema')`,
  )
  return new Map(rows.map(({ table, ...size }) => [table, size]))
}

/** Of this transaction so far, whatever functions did in it included. */
async function countedScans(client: pg.Client): Promise<Map<string, number>> {
  const { rows } = await client.query<{ table: string; scans: string }>(
    `select schemaname || '.' || relname as table, seq_scan as scans from pg_stat_xact_user_tables where seq_scan > 0`,
  )
  return new Map(rows.map(({ table, scans }) => [table, Number(scans)]))
}
