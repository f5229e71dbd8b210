import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'

export interface TableSize {
  readonly table: string
  /** Rows on disk, those included that a merge will still take away. */
  readonly rows: number
  /** Everything that the active parts take: columns, marks, primary index. */
  readonly sizeBytes: number
  readonly bytesPerRow: number
}

export interface ColumnSize {
  readonly column: string
  readonly type: string
  /** As the catalogue writes it, `CODEC(ZSTD(1))`; empty for the server's own. */
  readonly codec: string
  /** Compressed. */
  readonly sizeBytes: number
  readonly uncompressedBytes: number
  readonly bytesPerRow: number
}

const count = z.coerce.number()
const TableSizes = z.array(
  z.object({ table: z.string(), rows: count, sizeBytes: count, bytesPerRow: z.number() }),
)
const ColumnSizes = z.array(
  z.object({
    column: z.string(),
    type: z.string(),
    codec: z.string(),
    sizeBytes: count,
    uncompressedBytes: count,
    bytesPerRow: z.number(),
  }),
)

/** What the tables of the client's database take on the disk of the server that answers, the largest first. */
export async function listTableSizes(client: ClickHouseClient): Promise<TableSize[]> {
  const result = await client.query({
    query: `
      SELECT table, sum(parts.rows) AS rows, sum(bytes_on_disk) AS sizeBytes, sizeBytes / rows AS bytesPerRow
      FROM system.parts
      WHERE database = currentDatabase() AND active AND parts.rows > 0
      GROUP BY table
      ORDER BY sizeBytes DESC, table`,
    format: 'JSONEachRow',
  })
  return TableSizes.parse(await result.json())
}

/** What each column of a table takes there, the largest first. Empty for a table without rows. */
export async function listColumnSizes(client: ClickHouseClient, table: string): Promise<ColumnSize[]> {
  const result = await client.query({
    query: `
      SELECT stored.column AS column, any(stored.type) AS type, any(defined.compression_codec) AS codec,
        sum(column_data_compressed_bytes) AS sizeBytes, sum(column_data_uncompressed_bytes) AS uncompressedBytes,
        sizeBytes / sum(stored.rows) AS bytesPerRow
      FROM system.parts_columns AS stored
      INNER JOIN system.columns AS defined
        ON defined.database = stored.database AND defined.table = stored.table AND defined.name = stored.column
      WHERE stored.database = currentDatabase() AND stored.table = {table:String} AND stored.active AND stored.rows > 0
      GROUP BY column
      ORDER BY sizeBytes DESC, column`,
    query_params: { table },
    format: 'JSONEachRow',
  })
  return ColumnSizes.parse(await result.json())
}
