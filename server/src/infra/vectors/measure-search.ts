import type { VectorIndex } from './vector-index.ts'

export interface SearchFigures {
  readonly searches: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** Asks for the ten nearest of each vector, one after the other; the first few warm up and do not count. */
export async function measureSearch<Key extends object, Metadata extends object>(
  index: VectorIndex<Key, Metadata>,
  workspaceId: string,
  {
    model,
    vectors,
    warmUps = 3,
  }: { model: string; vectors: readonly (readonly number[])[]; warmUps?: number },
): Promise<SearchFigures> {
  const durations: number[] = []
  for (const vector of [...vectors.slice(0, warmUps), ...vectors]) {
    const startedAt = performance.now()
    await index.query(workspaceId, { model, vector, topK: 10 })
    durations.push(performance.now() - startedAt)
  }
  const counted = durations.slice(Math.min(warmUps, vectors.length)).sort((a, b) => a - b)
  const percentile = (share: number) => counted[Math.ceil(share * counted.length) - 1] ?? Number.NaN
  return { searches: counted.length, p50Ms: percentile(0.5), p99Ms: percentile(0.99) }
}
