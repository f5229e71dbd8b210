const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** How often a post is read at which age: numbers move fast at first and hardly at all later. */
const rhythm = [
  { untilAgeMs: 2 * hourMs, everyMs: hourMs / 4 },
  { untilAgeMs: 2 * dayMs, everyMs: hourMs },
  { untilAgeMs: 7 * dayMs, everyMs: 6 * hourMs },
  { untilAgeMs: 30 * dayMs, everyMs: dayMs },
  { untilAgeMs: 365 * dayMs, everyMs: 7 * dayMs },
] as const
const slowest = 8
const indexedWithinMs = hourMs
const soonestMs = 3_000
const goneAfterMs = hourMs

/**
 * When a post is read next: by its age, and up to eight times slower while nothing changes. Null when it is so
 * old that its numbers have settled.
 */
export function nextSyncAt(publishedAt: Date, now: Date, unchangedSyncs: number): Date | null {
  const ageMs = now.getTime() - publishedAt.getTime()
  const step = rhythm.find(({ untilAgeMs }) => ageMs < untilAgeMs)
  if (!step) return null
  const slowdown = Math.min(2 ** Math.max(0, unchangedSyncs - 2), slowest)
  return new Date(now.getTime() + step.everyMs * slowdown)
}

interface MissingPost {
  readonly published_at: Date
  readonly missing_since: Date | null
  readonly removed_at: Date | null
}
export interface AfterMissing {
  readonly next_sync_at: Date | null
  readonly missing_since: Date | null
  readonly removed_at: Date | null
}

/**
 * What a post that is missing from an answer is taken for. A network's readers learn of a new post a moment
 * after its server does, so a young one is asked for again soon. An older one may be missing by a slip of the
 * readers: it counts as removed when it is still missing an hour later.
 */
export function afterMissing(post: MissingPost, now: Date): AfterMissing {
  const { published_at, missing_since, removed_at } = post
  if (removed_at) return { next_sync_at: null, missing_since, removed_at }
  const later = (ms: number) => new Date(now.getTime() + ms)
  const ageMs = now.getTime() - published_at.getTime()
  if (ageMs <= indexedWithinMs) {
    return { next_sync_at: later(Math.max(soonestMs, ageMs / 2)), missing_since: null, removed_at: null }
  }
  const since = missing_since ?? now
  const missingMs = now.getTime() - since.getTime()
  if (missingMs >= goneAfterMs) return { next_sync_at: null, missing_since: since, removed_at: now }
  return { next_sync_at: later(goneAfterMs - missingMs), missing_since: since, removed_at: null }
}
