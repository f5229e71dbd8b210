/** What there is in ClickHouse after a migration: columns, orders, and what its vectors are held to. */
import { createClient } from '@clickhouse/client'
import { contentEmbeddings, userPreferenceEmbeddings } from '../../src/infra/vectors/clickhouse-columns.ts'
import { vectorSearch } from '../../src/infra/vectors/clickhouse-vector-search.ts'

export interface VectorFact {
  /** Numbers that a row must have in `embedding`; undefined where nothing holds it to any. */
  readonly dimensions: number | undefined
  /** The distance by which the product searches the table; undefined where nothing searches it. */
  readonly distance: string | undefined
}

export interface ClickHouseCatalogue {
  /** Tables, and their columns as `table.column` with the type. */
  readonly clickhouse: ReadonlyMap<string, string>
  /** Columns of the sorting key by table. */
  readonly clickhouseOrders: ReadonlyMap<string, readonly string[]>
  /** Tables with a column `embedding`. */
  readonly vectors: ReadonlyMap<string, VectorFact>
}

export async function readClickHouse(url: string): Promise<ClickHouseCatalogue> {
  const client = createClient({ url })
  try {
    const rowsOf = async <Row>(query: string) => {
      const answer = await client.query({ query, format: 'JSONEachRow' })
      return answer.json<Row>()
    }
    const columns = await rowsOf<{ table: string; name: string; type: string }>(
      'select table, name, type from system.columns where database = currentDatabase()',
    )
    const tables = await rowsOf<{ name: string; sorting_key: string; create_table_query: string }>(
      'select name, sorting_key, create_table_query from system.tables where database = currentDatabase()',
    )
    return {
      clickhouse: new Map(
        columns.flatMap(({ table, name, type }) => [
          [table, 'table'],
          [`${table}.${name}`, type],
        ]),
      ),
      clickhouseOrders: new Map(tables.map(({ name, sorting_key }) => [name, sorting_key.split(', ')])),
      vectors: new Map(
        tables
          .filter((table) => columns.some(({ table: of, name }) => of === table.name && name === 'embedding'))
          .map(({ name, create_table_query }) => [
            name,
            { dimensions: dimensionsOf(create_table_query), distance: distances.get(name) },
          ]),
      ),
    }
  } finally {
    await client.close()
  }
}

function dimensionsOf(definition: string): number | undefined {
  const [, dimensions] = /\bCONSTRAINT \w+ CHECK length\(embedding\) = (\d+)\b/.exec(definition) ?? []
  return dimensions === undefined ? undefined : Number(dimensions)
}

// A search within a workspace reads all of its vectors: the distance stands in what asks, not in an index.
const question = { model: '', vector: [], topK: 1 }
const distances = new Map(
  [vectorSearch(contentEmbeddings, '', question), vectorSearch(userPreferenceEmbeddings, '', question)].map(
    ({ text }) => {
      const [, table = ''] = /\bFROM (\w+)/.exec(text) ?? []
      const [, distance] = /\b(\w+)Distance\(embedding,/.exec(text) ?? []
      return [table, distance]
    },
  ),
)
