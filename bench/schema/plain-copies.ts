/**
 * What types and codecs save: the same rows in a copy of the table as built, and in one whose types are plain. Both
 * copies are derived from the catalogue, are merged to the end, and are gone afterwards.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import {
  type ColumnSize,
  listColumnSizes,
  listTableSizes,
} from '../../server/src/infra/clickhouse/table-sizes.ts'

export interface ColumnComparison extends ColumnSize {
  readonly plainBytesPerRow: number
}

export interface PlainComparison {
  readonly table: string
  readonly rows: number
  readonly builtBytesPerRow: number
  readonly plainBytesPerRow: number
  /** Plain by built: how many times the space. */
  readonly ratio: number
  /** The largest as built first. */
  readonly columns: readonly ColumnComparison[]
}

const built = 'bench_copy_as_built'
const plain = 'bench_copy_with_plain_types'

const Months = z.array(z.object({ partition: z.string(), rows: z.coerce.number(), sortingKey: z.string() }))
const Columns = z.array(z.object({ name: z.string(), type: z.string(), codec: z.string() }))

/**
 * Of the whole table, or of its first rows month by month, about `mostRows` in all: in the order of the table they are
 * the whole of some workspaces, in runs as long as they lie there. Undefined for a table without rows.
 */
export async function compareWithPlain(
  client: ClickHouseClient,
  table: string,
  mostRows = 4_000_000,
): Promise<PlainComparison | undefined> {
  await dropPlainCopies(client)
  try {
    const months = await listMonths(client, table)
    if (!months.length) return undefined
    await copyShape(client, table, built)
    await copyPlainShape(client, table, plain)
    const share = Math.min(1, mostRows / months.reduce((total, { rows }) => total + rows, 0))
    for (const { partition, rows, sortingKey } of months) {
      await client.command({
        query: `INSERT INTO ${built} SELECT * FROM ${quoted(table)} WHERE _partition_id = {partition:String}
          ORDER BY ${sortingKey} LIMIT ${Math.ceil(rows * share)}`,
        query_params: { partition },
      })
    }
    await client.command({ query: `OPTIMIZE TABLE ${built} FINAL` })
    // From the other copy, in which duplicates are one row and what has expired is gone.
    await client.command({ query: `INSERT INTO ${plain} SELECT * FROM ${built}` })
    await client.command({ query: `OPTIMIZE TABLE ${plain} FINAL` })
    return await compare(client, table)
  } finally {
    await dropPlainCopies(client)
  }
}

/** Also what a run that was killed has left. */
export async function dropPlainCopies(client: ClickHouseClient): Promise<void> {
  for (const copy of [built, plain]) await client.command({ query: `DROP TABLE IF EXISTS ${copy} SYNC` })
}

async function listMonths(client: ClickHouseClient, table: string): Promise<z.infer<typeof Months>> {
  const result = await client.query({
    query: `
      SELECT partition_id AS partition, sum(parts.rows) AS rows, any(tables.sorting_key) AS sortingKey
      FROM system.parts INNER JOIN system.tables ON tables.database = parts.database AND tables.name = parts.table
      WHERE parts.database = currentDatabase() AND parts.table = {table:String} AND parts.active AND parts.rows > 0
      GROUP BY partition ORDER BY partition`,
    query_params: { table },
    format: 'JSONEachRow',
  })
  return Months.parse(await result.json())
}

/** Columns, engine, order and lifetimes of the table. Only wide parts tell what each column takes. */
async function copyShape(client: ClickHouseClient, table: string, copy: string): Promise<void> {
  await client.command({ query: `CREATE TABLE ${copy} AS ${quoted(table)}` })
  await client.command({
    query: `ALTER TABLE ${copy} MODIFY SETTING min_bytes_for_wide_part = 0, min_rows_for_wide_part = 0`,
  })
}

/** The same without dictionaries and codecs, as the catalogue names them: nothing else of the columns changes. */
export async function copyPlainShape(client: ClickHouseClient, table: string, copy: string): Promise<void> {
  await copyShape(client, table, copy)
  const result = await client.query({
    query: `SELECT name, type, compression_codec AS codec FROM system.columns
      WHERE database = currentDatabase() AND table = {copy:String}`,
    query_params: { copy },
    format: 'JSONEachRow',
  })
  const changes = Columns.parse(await result.json()).flatMap(({ name, type, codec }) => [
    ...(codec === '' ? [] : [`MODIFY COLUMN ${quoted(name)} REMOVE CODEC`]),
    ...(plainType(type) === type ? [] : [`MODIFY COLUMN ${quoted(name)} ${plainType(type)}`]),
  ])
  if (changes.length) await client.command({ query: `ALTER TABLE ${copy} ${changes.join(', ')}` })
}

/** What a dictionary holds is at most `Nullable(FixedString(16))`: two pairs of brackets, without a text in them. */
export function plainType(type: string): string {
  return type.replaceAll(/\bLowCardinality\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)/g, '$1')
}

async function compare(client: ClickHouseClient, table: string): Promise<PlainComparison | undefined> {
  const sizes = await listTableSizes(client)
  const asBuilt = sizes.find((size) => size.table === built)
  const withPlain = sizes.find((size) => size.table === plain)
  if (!asBuilt || !withPlain) return undefined
  const plainColumns = new Map(
    (await listColumnSizes(client, plain)).map(({ column, bytesPerRow }) => [column, bytesPerRow]),
  )
  const columns = await listColumnSizes(client, built)
  return {
    table,
    rows: asBuilt.rows,
    builtBytesPerRow: asBuilt.bytesPerRow,
    plainBytesPerRow: withPlain.bytesPerRow,
    ratio: withPlain.bytesPerRow / asBuilt.bytesPerRow,
    columns: columns.map((size) => ({ ...size, plainBytesPerRow: plainColumns.get(size.column) ?? 0 })),
  }
}

const quoted = (name: string) => `\`${name.replaceAll(/[`\\]/g, '\\$&')}\``
