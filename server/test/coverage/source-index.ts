/** What a source says of an index, as far as it says it. */
import type { CoverageLine } from './coverage-lines.ts'

export interface SourceIndex {
  /** `Table.column` as the source's column lines name them. */
  readonly columns: readonly string[]
  readonly method?: 'gin' | 'brin'
  readonly unique: boolean
  readonly partial: boolean
}

export function readSourceIndex({ name, detail }: CoverageLine): SourceIndex {
  const text = `${name} ${detail}`
  const method = /\bgin\b/i.test(text) ? 'gin' : /\bbrin\b/i.test(text) ? 'brin' : undefined
  return {
    columns: columnsOf(name, detail),
    ...(method ? { method } : {}),
    unique: /unique/i.test(text),
    partial: /\bwhere\b/i.test(text),
  }
}

function columnsOf(name: string, detail: string): string[] {
  // content_performance(content_id, recorded_at DESC), with or without USING
  const inDetail = /^([\w.]+)(?: USING \w+)?\(([^)]*)\)/.exec(detail)
  // Delta: Composite on [postId, toDate]; Snapshot: postId, snapshotDate UNIQUE; Post: hashtags GIN
  const inName = /^([A-Z]\w+): (?:Composite on )?\[?([a-z]\w*(?:, \w+)*)\]?(?: UNIQUE| GIN)?$/.exec(name)
  const [, table, list] = inDetail ?? inName ?? []
  if (!table || !list || list.startsWith('idx_')) return []
  return list.split(',').map((column) => `${table}.${column.trim().split(' ')[0]}`)
}
