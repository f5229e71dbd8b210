/** What the story yields, piece by piece: a row of a table, or what goes to ClickHouse. */
import type { PostMetricName } from './networks.ts'

export type Row = Readonly<Record<string, unknown>>

export interface TableRow {
  readonly to: 'table'
  readonly table: string
  readonly row: Row
  /** Rows of one table with different columns are of different shapes. */
  readonly shape: string
}

/** The counters of one snapshot, for `performance_metrics`: one fact for each that the network told. */
export interface SnapshotFacts {
  readonly to: 'facts'
  readonly post: FactOrigin
  readonly capturedAtMs: number
  readonly source: string
  readonly metrics: Readonly<Partial<Record<PostMetricName, number>>>
}

/** Whose numbers they are: one object for all snapshots of a post. */
export interface FactOrigin {
  readonly workspaceId: string
  readonly platform: string
  readonly accountId: string
  readonly postId: string
  readonly contentId: string | null
}

/** A row of another ClickHouse table. */
export interface Document {
  readonly to: 'events' | 'content_embeddings' | 'user_preference_embeddings'
  readonly document: Row
}

export type Item = TableRow | SnapshotFacts | Document

export const row = (table: string, values: Row, shape = ''): TableRow => ({
  to: 'table',
  table,
  row: values,
  shape,
})
