import type pg from 'pg'
import type { Tables } from './write-rows.ts'

const nameOf = (relation: string) =>
  `(select case n.nspname when 'public' then '' else n.nspname || '.' end || c.relname
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = ${relation})`

/** The product's tables as the catalogue has them: columns with their types, and which refers to which. */
export async function readTables(client: pg.ClientBase): Promise<Tables> {
  const columns = await client.query<{ table: string; column: string; type: string }>(
    `select ${nameOf('a.attrelid')} as table, a.attname as column, format_type(a.atttypid, a.atttypmod) as type
     from pg_attribute a join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p') and not c.relispartition
     where a.attnum > 0 and not a.attisdropped
       and c.relnamespace in ('public'::regnamespace, 'analytics'::regnamespace, 'ml_data'::regnamespace)`,
  )
  const references = await client.query<{ from: string; to: string }>(
    `select distinct ${nameOf('k.conrelid')} as from, ${nameOf('k.confrelid')} as to
     from pg_constraint k where k.contype = 'f' and k.conrelid <> k.confrelid and k.conparentid = 0`,
  )
  const typesOf = new Map<string, Map<string, string>>()
  for (const { table, column, type } of columns.rows) {
    const types = typesOf.get(table)
    if (types) types.set(column, type)
    else typesOf.set(table, new Map([[column, type]]))
  }
  const rankOf = rankBy(references.rows)
  return new Map([...typesOf].map(([table, types]) => [table, { columns: types, rank: rankOf(table) }]))
}

/** The length of the longest way from a table to one that refers to nothing. */
function rankBy(references: readonly { from: string; to: string }[]): (table: string) => number {
  const ranks = new Map<string, number>()
  const rankOf = (table: string): number => {
    const known = ranks.get(table)
    if (known !== undefined) return known
    // A circle would otherwise never end; no table of ours is in one.
    ranks.set(table, 0)
    const below = references.filter(({ from }) => from === table).map(({ to }) => rankOf(to) + 1)
    const rank = Math.max(0, ...below)
    ranks.set(table, rank)
    return rank
  }
  return rankOf
}
