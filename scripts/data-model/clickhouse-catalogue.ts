/** What docs/data-model.md shows of ClickHouse, read from its system tables. */
import { createClient } from '@clickhouse/client'
import { z } from 'zod'

const tableRow = z.object({
  name: z.string(),
  engine: z.string(),
  /** With PARTITION BY, ORDER BY and TTL. */
  definition: z.string(),
  /** Materialized views that are fed by it. */
  feeds: z.array(z.string()),
})
const columnRow = z.object({ table: z.string(), name: z.string(), type: z.string(), inKey: z.number() })

export type ClickHouseTable = z.infer<typeof tableRow> & {
  readonly columns: readonly z.infer<typeof columnRow>[]
}

/** Tables that hold rows; what feeds a rollup is named `<rollup>_feed`. */
export async function readClickHouseCatalogue(url: string): Promise<ClickHouseTable[]> {
  const client = createClient({ url })
  const rows = async (query: string): Promise<unknown> =>
    (await client.query({ query, format: 'JSONEachRow' })).json()
  try {
    const tables = z.array(tableRow).parse(
      await rows(`select name, engine, engine_full as definition, dependencies_table as feeds from system.tables
        where database = currentDatabase() and engine not like '%View' order by name`),
    )
    const columns = z.array(columnRow).parse(
      await rows(`select table, name, type, is_in_sorting_key as inKey from system.columns
        where database = currentDatabase() order by table, position`),
    )
    return tables.map((table) => ({
      ...table,
      columns: columns.filter((column) => column.table === table.name),
    }))
  } finally {
    await client.close()
  }
}
