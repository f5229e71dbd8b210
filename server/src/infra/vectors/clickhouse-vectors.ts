import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { fromColumn, toColumn, type VectorColumn, type VectorTable } from './clickhouse-columns.ts'
import { vectorSearch } from './clickhouse-vector-search.ts'
import {
  checkKeys,
  checkQuery,
  checkRecords,
  type VectorCollection,
  type VectorIndex,
  type VectorRecord,
} from './vector-index.ts'

/** 30 KB of JSON each. */
const recordsPerInsert = 500
const keysPerDelete = 1_000

/**
 * An index in ClickHouse: every vector of the workspace and model is compared, so results are exact but for
 * the rounding of the stored components to 8 significant bits.
 */
export function createClickHouseVectors<Key extends object, Metadata extends object>(
  client: ClickHouseClient,
  collection: VectorCollection<Key, Metadata>,
  table: VectorTable<Key, Metadata>,
): VectorIndex<Key, Metadata> {
  const keyColumns = Object.entries<VectorColumn>(table.key)
  const metadataColumns = Object.entries<VectorColumn>(table.metadata)
  const Match = z.object({ key: collection.key, metadata: collection.metadata, distance: z.number() })
  const toMatch = (row: Record<string, unknown>) => {
    const fields = (columns: [string, VectorColumn][]) =>
      Object.fromEntries(columns.map(([field, of]) => [field, fromColumn(of, row[of.column])]))
    const match = { key: fields(keyColumns), metadata: fields(metadataColumns), distance: row.distance }
    return Match.parse(match)
  }

  const toRow = (workspaceId: string, { key, model, vector, metadata }: VectorRecord<Key, Metadata>) => {
    const given = new Map<string, unknown>([...Object.entries(key), ...Object.entries(metadata)])
    return {
      workspace_id: workspaceId,
      model,
      embedding: vector,
      ...Object.fromEntries(
        [...keyColumns, ...metadataColumns].map(([field, { column }]) => [
          column,
          toColumn(given.get(field)),
        ]),
      ),
    }
  }

  return {
    async upsert(workspaceId, records) {
      checkRecords(collection, workspaceId, records)
      // Within one statement the engine may number equal keys in any order.
      const distinct = [...new Map(records.map((record) => [identity(keyColumns, record), record])).values()]
      for (let start = 0; start < distinct.length; start += recordsPerInsert) {
        await client.insert({
          table: table.table,
          values: distinct.slice(start, start + recordsPerInsert).map((record) => toRow(workspaceId, record)),
          format: 'JSONEachRow',
          columns: columnsOf([...keyColumns, ...metadataColumns]),
        })
      }
    },
    async query(workspaceId, query) {
      checkQuery(workspaceId, query)
      const { text, parameters } = vectorSearch(table, workspaceId, query)
      const result = await client.query({ query: text, query_params: parameters, format: 'JSONEachRow' })
      return (await result.json<Record<string, unknown>>()).map(toMatch)
    },
    async delete(workspaceId, keys) {
      checkKeys(collection, workspaceId, keys)
      for (let start = 0; start < keys.length; start += keysPerDelete) {
        const some = keys.slice(start, start + keysPerDelete).map((key) => new Map(Object.entries(key)))
        const parameters = keyColumns.map(([field]) => [`key_${field}`, some.map((key) => key.get(field))])
        await client.command({
          query: tombstones(table.table, keyColumns),
          query_params: { workspace: workspaceId, ...Object.fromEntries(parameters) },
        })
      }
    },
  }
}

const identity = <Key extends object, Metadata>(
  keyColumns: readonly [string, VectorColumn][],
  { key, model }: VectorRecord<Key, Metadata>,
) => {
  const given = new Map(Object.entries(key))
  return JSON.stringify([model, ...keyColumns.map(([field]) => String(given.get(field)).toLowerCase())])
}

const columnsOf = (columns: readonly [string, VectorColumn][]): [string, ...string[]] => [
  'workspace_id',
  'model',
  'embedding',
  ...columns.map(([, { column }]) => column),
]

/** A newer row of each key and model that is there, marked as deleted; see the table. */
function tombstones(table: string, keyColumns: readonly [string, VectorColumn][]): string {
  const names = keyColumns.map(([, { column }]) => column).join(', ')
  const asked = keyColumns.map(
    ([field, { kind }]) => `{key_${field}:Array(${kind === 'id' ? 'UUID' : 'String'})}`,
  )
  return `
    INSERT INTO ${table} (workspace_id, model, ${names}, is_deleted)
    SELECT DISTINCT workspace_id, model, ${names}, 1
    FROM ${table}
    WHERE workspace_id = {workspace:UUID} AND has(arrayZip(${asked.join(', ')}), tuple(${names}))`
}
