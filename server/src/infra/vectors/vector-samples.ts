import { randomUUID } from 'node:crypto'
import { type ContentKey, type ContentMetadata, type VectorRecord, vectorDimensions } from './vector-index.ts'

export const model = 'text-embedding-3-small'

/** A small generator with a fixed seed: a failure can be repeated. */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/**
 * Whole numbers from -16 to 16: a store that rounds components to 8 significant bits keeps them as they are, so
 * its order is the exact one.
 */
export function wholeVector(random: () => number): number[] {
  return Array.from({ length: vectorDimensions }, () => Math.floor(random() * 33) - 16)
}

export function cosineDistance(a: readonly number[], b: readonly number[]): number {
  let [dot, normA, normB] = [0, 0, 0]
  a.forEach((x, index) => {
    const y = b[index] ?? Number.NaN
    dot += x * y
    normA += x * x
    normB += y * y
  })
  return 1 - dot / Math.sqrt(normA * normB)
}

export function contentRecord(
  vector: readonly number[],
  { contentId = randomUUID(), ...metadata }: Partial<ContentKey & ContentMetadata> = {},
): VectorRecord<ContentKey, ContentMetadata> {
  return {
    key: { contentId },
    model,
    vector,
    metadata: {
      userId: '11111111-1111-4111-8111-111111111111',
      contentType: 'social_post',
      platform: 'bluesky',
      topics: [],
      createdAt: new Date('2026-02-28T23:59:59.123Z'),
      engagementScore: null,
      qualityScore: null,
      ...metadata,
    },
  }
}
