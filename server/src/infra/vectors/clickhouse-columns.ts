import type {
  ContentKey,
  ContentMetadata,
  UserPreferenceKey,
  UserPreferenceMetadata,
} from './vector-index.ts'

/** How a field is kept in a ClickHouse table. */
export interface VectorColumn {
  readonly column: string
  readonly kind: 'id' | 'text' | 'list' | 'number' | 'instant'
}

export interface VectorTable<Key extends object, Metadata extends object> {
  readonly table: string
  readonly key: { readonly [Field in keyof Key]: VectorColumn }
  readonly metadata: { readonly [Field in keyof Metadata]: VectorColumn }
}

export const contentEmbeddings: VectorTable<ContentKey, ContentMetadata> = {
  table: 'content_embeddings',
  key: { contentId: { column: 'content_id', kind: 'id' } },
  metadata: {
    userId: { column: 'user_id', kind: 'id' },
    contentType: { column: 'content_type', kind: 'text' },
    platform: { column: 'platform', kind: 'text' },
    topics: { column: 'topics', kind: 'list' },
    createdAt: { column: 'created_at', kind: 'instant' },
    engagementScore: { column: 'engagement_score', kind: 'number' },
    qualityScore: { column: 'quality_score', kind: 'number' },
  },
}

export const userPreferenceEmbeddings: VectorTable<UserPreferenceKey, UserPreferenceMetadata> = {
  table: 'user_preference_embeddings',
  key: {
    userId: { column: 'user_id', kind: 'id' },
    preferenceType: { column: 'preference_type', kind: 'text' },
  },
  metadata: {
    updatedAt: { column: 'updated_at', kind: 'instant' },
    confidenceScore: { column: 'confidence_score', kind: 'number' },
  },
}

/** ClickHouse reads and writes instants as UTC text with milliseconds; a Date parameter would lose them. */
export function toColumn(value: unknown): unknown {
  return value instanceof Date ? value.toISOString().slice(0, -1).replace('T', ' ') : value
}

export function fromColumn({ kind }: VectorColumn, value: unknown): unknown {
  return kind === 'instant' ? new Date(`${String(value).replace(' ', 'T')}Z`) : value
}
