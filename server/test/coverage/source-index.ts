/** What a source says of an index or a unique key, as far as it says it. */
import { type CoverageLine, keyOf } from './coverage-lines.ts'
import { listOf } from './home-check.ts'
import { indexDefinitions } from './source-definitions.ts'

export interface SourceIndex {
  /** In the source's own words; empty where it names no columns. */
  readonly table: string
  readonly columns: readonly string[]
  readonly method?: 'gin' | 'brin'
  readonly unique: boolean
  readonly partial: boolean
  /** Of a partial index, the column that has one value in it. */
  readonly only?: { readonly column: string; readonly value: string }
}

export function readSourceIndex(line: CoverageLine): SourceIndex {
  const definition = indexDefinitions[keyOf(line)] ?? line.detail
  const text = `${line.name} ${definition}`
  const method = /\bgin\b/i.test(text) ? 'gin' : /\bbrin\b/i.test(text) ? 'brin' : undefined
  const [, column, value] = /\bWHERE (\w+) = '?(\w+)'?$/.exec(definition) ?? []
  return {
    ...columnsOf(line, definition),
    ...(method ? { method } : {}),
    unique: /unique/i.test(text),
    partial: /\b(where|partial)\b/i.test(text),
    ...(column && value ? { only: { column, value } } : {}),
  }
}

function columnsOf({ kind, name }: CoverageLine, definition: string): Pick<SourceIndex, 'table' | 'columns'> {
  // UNIQUE(content_id, platform), Unique index on [postId, snapshotDate]: the line is named after the table
  const unique = /\bUNIQUE(?: index on )?\s*[([]([^)\]]*)[)\]]/i.exec(definition)
  if (kind === 'constraint') return { table: name, columns: unique?.[1] ? listOf(unique[1]) : [] }
  // content_performance(content_id, recorded_at DESC), with or without USING
  const inDefinition = /^([\w.]+)(?: USING \w+)?\(([^)]*)\)/.exec(definition)
  // Delta: Composite on [postId, toDate]; Snapshot: postId, snapshotDate UNIQUE; Post: hashtags GIN
  const inName = /^([A-Z]\w+): (?:Composite on )?\[?([a-z]\w*(?:, \w+)*)\]?(?: UNIQUE| GIN)?$/.exec(name)
  const [, table, list] = inDefinition ?? inName ?? []
  if (!table || !list || list.startsWith('idx_')) return { table: '', columns: [] }
  return { table, columns: listOf(list).map((column) => column.split(' ')[0] ?? '') }
}
