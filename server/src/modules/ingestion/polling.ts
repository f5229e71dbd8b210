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
