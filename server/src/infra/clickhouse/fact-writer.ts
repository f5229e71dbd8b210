import type { ClickHouseClient } from '@clickhouse/client'

/** Writes facts in one block, durable when it resolves. Writing the same facts again must not count them twice. */
export interface FactWriter {
  write(table: string, rows: readonly object[], signal: AbortSignal): Promise<void>
}

export function createFactWriter(client: ClickHouseClient): FactWriter {
  return {
    async write(table, rows, signal) {
      if (!rows.length) return
      await client.insert({ table, values: [...rows], format: 'JSONEachRow', abort_signal: signal })
    },
  }
}
