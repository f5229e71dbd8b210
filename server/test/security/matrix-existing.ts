/** The keys of rows that exist in the matrix, as SQL values, for statements that name an old row as if it were new. */
import { type Target, targetOf } from './matrix-rows.ts'
import type { Matrix } from './matrix-visits.ts'
import type { Subject } from './policy-table.ts'

type Key = Readonly<Record<string, string>>

export interface Existing {
  readonly primary: Key
  /** Its other unique keys, as far as a new row names all of their columns. */
  readonly others: readonly Key[]
}

/** By `existingName`. Throws where a subject has no row to try on. */
export async function readExisting(
  matrix: Matrix,
  subjects: readonly Subject[],
): Promise<ReadonlyMap<string, Existing>> {
  const found = new Map<string, Existing>()
  const uniqueKeys = await readUniqueKeys(matrix)
  for (const seed of [matrix.mine, matrix.theirs]) {
    for (const subject of subjects) {
      const target = targetOf(subject, seed, seed.people.owner)
      const others = (uniqueKeys.get(target.table) ?? []).filter((columns) =>
        columns.every((column) => column in target.fresh),
      )
      found.set(existingName(target, subject), {
        primary: await valuesOf(matrix, target, target.key),
        others: await Promise.all(others.map((columns) => valuesOf(matrix, target, columns))),
      })
    }
  }
  return found
}

export const existingName = ({ fresh, tenant }: Target, subject: Subject) =>
  `${subject} ${tenant === 'id' ? '' : fresh[tenant]}`

async function valuesOf(matrix: Matrix, { table, where }: Target, columns: readonly string[]): Promise<Key> {
  const [row] = await matrix.world.query<Record<string, string>>(
    `select ${columns.map((column) => `quote_literal(${column}) as ${column}`).join(', ')}
     from ${table} where ${where} limit 1`,
  )
  if (!row) throw new Error(`${table} has no row to try on where ${where}`)
  return row
}

/** Columns of the unique keys beside the primary one, by table. What holds for some rows only is left out. */
async function readUniqueKeys({ world }: Matrix): Promise<Map<string, string[][]>> {
  const rows = await world.query<{ name: string; columns: string[] }>(
    `select format('%s.%s', n.nspname, c.relname) as name, array_agg(a.attname::text order by k.n) as columns
     from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
     cross join lateral unnest(string_to_array(i.indkey::text, ' ')::smallint[]) with ordinality as k (attnum, n)
     join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
     where i.indisunique and not i.indisprimary and i.indpred is null and i.indexprs is null
       and n.nspname in ('public', 'analytics', 'ml_data')
     group by n.nspname, c.relname, i.indexrelid`,
  )
  const byTable = new Map<string, string[][]>()
  for (const { name, columns } of rows) byTable.set(name, [...(byTable.get(name) ?? []), columns])
  return byTable
}
