import { z } from 'zod'
import { type FieldFault, invalidInput } from '../errors.ts'

/** Numbers in every vector, as the source's embedding model gives them. */
export const vectorDimensions = 1536
const mostNeighbours = 1_000

/**
 * Nearest neighbours by cosine distance, always within one workspace and among vectors of one model: those of
 * another are never compared. `Key` identifies what a vector stands for, `Metadata` describes it.
 */
export interface VectorIndex<Key extends object, Metadata extends object> {
  /** Inserts or replaces. Durable when it resolves; of equal keys in one call the last one counts. */
  upsert(workspaceId: string, records: readonly VectorRecord<Key, Metadata>[]): Promise<void>
  /** The `topK` nearest that fit the filter, nearest first; equally near ones in the order of their keys. */
  query(workspaceId: string, query: VectorQuery<Key, Metadata>): Promise<VectorMatch<Key, Metadata>[]>
  /** Removes the vectors of every model. Unknown keys are no error. */
  delete(workspaceId: string, keys: readonly Key[]): Promise<void>
}

export interface VectorRecord<Key, Metadata> {
  readonly key: Key
  /** Name of the model that made the vector. */
  readonly model: string
  readonly vector: readonly number[]
  readonly metadata: Metadata
}

export interface VectorQuery<Key, Metadata> {
  readonly model: string
  readonly vector: readonly number[]
  /** 1 to 1,000. */
  readonly topK: number
  /** All conditions have to hold. A field that is null fits none. */
  readonly filter?: VectorFilter<Key & Metadata>
}

export type VectorFilter<Fields> = { readonly [Field in keyof Fields]?: VectorCondition }

/** A list fits if it shares a value with `anyOf`. `atLeast` is inclusive, `below` exclusive. */
export type VectorCondition =
  | { readonly anyOf: readonly string[] }
  | { readonly atLeast?: number | Date; readonly below?: number | Date }

export interface VectorMatch<Key, Metadata> {
  readonly key: Key
  readonly metadata: Metadata
  /** 0 for the same direction, 1 for a right angle, 2 for the opposite. */
  readonly distance: number
}

/** What one index holds. Every implementation makes its place for it, by `name`. */
export interface VectorCollection<Key extends object, Metadata extends object> {
  readonly name: 'content-embeddings' | 'user-preferences'
  readonly key: z.ZodType<Key>
  readonly metadata: z.ZodType<Metadata>
}

const score = z.number().nullable()

export const ContentKey = z.strictObject({ contentId: z.uuid() })
export const ContentMetadata = z.strictObject({
  userId: z.uuid(),
  contentType: z.string(),
  platform: z.string(),
  topics: z.array(z.string()),
  createdAt: z.date(),
  engagementScore: score,
  qualityScore: score,
})
export type ContentKey = z.infer<typeof ContentKey>
export type ContentMetadata = z.infer<typeof ContentMetadata>

export const UserPreferenceKey = z.strictObject({
  userId: z.uuid(),
  preferenceType: z.enum(['interests', 'topics', 'style']),
})
export const UserPreferenceMetadata = z.strictObject({ updatedAt: z.date(), confidenceScore: score })
export type UserPreferenceKey = z.infer<typeof UserPreferenceKey>
export type UserPreferenceMetadata = z.infer<typeof UserPreferenceMetadata>

export const contentVectors: VectorCollection<ContentKey, ContentMetadata> = {
  name: 'content-embeddings',
  key: ContentKey,
  metadata: ContentMetadata,
}

export const userPreferenceVectors: VectorCollection<UserPreferenceKey, UserPreferenceMetadata> = {
  name: 'user-preferences',
  key: UserPreferenceKey,
  metadata: UserPreferenceMetadata,
}

const Model = z.string().min(1, 'names no model').max(200, 'is longer than 200 characters')
const Vector = z
  .array(z.number())
  .refine((vector) => vector.length === vectorDimensions, {
    error: ({ input }) =>
      `has ${Array.isArray(input) ? input.length : 'no'} dimensions, and this index holds vectors of ${vectorDimensions}`,
    abort: true,
  })
  // All zeros have no direction, and lengths far beyond these overflow or vanish in single precision.
  .refine((vector) => {
    const largest = vector.reduce((most, component) => Math.max(most, Math.abs(component)), 0)
    return largest >= 1e-10 && largest <= 1e10
  }, 'has no component between 1e-10 and 1e10 in size, or one beyond: it has no usable direction')
const bound = z.union([z.number(), z.date()]).optional()
const Query = z.object({
  model: Model,
  vector: Vector,
  topK: z.int().min(1).max(mostNeighbours),
  filter: z
    .record(
      z.string(),
      z.union([
        z.strictObject({ anyOf: z.array(z.string()) }),
        z.strictObject({ atLeast: bound, below: bound }),
      ]),
    )
    .optional(),
})

/** Throws invalidInput, naming each field at fault, unless an index can hold the records. */
export function checkRecords<Key extends object, Metadata extends object>(
  { key, metadata }: VectorCollection<Key, Metadata>,
  workspaceId: string,
  records: readonly VectorRecord<Key, Metadata>[],
): void {
  const record = z.object({ key, model: Model, vector: Vector, metadata })
  check(z.object({ workspaceId: z.uuid(), records: z.array(record) }), { workspaceId, records })
}

export function checkQuery<Key, Metadata>(workspaceId: string, query: VectorQuery<Key, Metadata>): void {
  check(Query.extend({ workspaceId: z.uuid() }), { workspaceId, ...query })
}

export function checkKeys<Key extends object, Metadata extends object>(
  { key }: VectorCollection<Key, Metadata>,
  workspaceId: string,
  keys: readonly Key[],
): void {
  check(z.object({ workspaceId: z.uuid(), keys: z.array(key) }), { workspaceId, keys })
}

function check(schema: z.ZodType, input: unknown): void {
  const parsed = schema.safeParse(input)
  if (parsed.success) return
  const faults: FieldFault[] = parsed.error.issues.map(({ path, message }) => ({
    field: path.join('.'),
    message,
  }))
  throw invalidInput(undefined, { faults })
}
