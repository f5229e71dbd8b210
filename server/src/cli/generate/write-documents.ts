import type { ClickHouseClient } from '@clickhouse/client'
import type { Document, Row } from './items.ts'

export interface DocumentWriter {
  add(document: Document): void
  room(): Promise<void>
  flush(): Promise<void>
}

/** Vectors are long: few of them make a block. */
const rowsPerTurn: Readonly<Record<Document['to'], number>> = {
  events: 20_000,
  content_embeddings: 500,
  user_preference_embeddings: 500,
}

/** Writes what is less than the facts, as JSON. */
export function createDocumentWriter(client: ClickHouseClient): DocumentWriter {
  const waiting = new Map<Document['to'], Row[]>()
  let full: Document['to'] | undefined

  const write = async (table: Document['to']) => {
    const rows = waiting.get(table) ?? []
    waiting.delete(table)
    if (rows.length) await client.insert({ table, values: rows, format: 'JSONEachRow' })
  }
  return {
    add({ to, document }) {
      const rows = waiting.get(to) ?? []
      waiting.set(to, rows)
      rows.push(document)
      if (rows.length >= rowsPerTurn[to]) full = to
    },
    async room() {
      if (!full) return
      const table = full
      full = undefined
      await write(table)
    },
    async flush() {
      for (const table of [...waiting.keys()]) await write(table)
    },
  }
}
