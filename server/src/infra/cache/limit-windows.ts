import type { LimitKey, Tries } from './cache.ts'

const mostWindows = 10_000

/** What this server knows of limits, for the time in which the engine that counts for all is away. */
export interface LimitWindows {
  /** Remembers an exact figure, so that an outage does not begin a full window's tries anew. */
  note(key: LimitKey, tries: Tries): void
  takeTry(key: LimitKey, most: number): Tries
}

/** Windows are measured by the monotonic clock. Bounded: beyond `mostWindows` the oldest is forgotten. */
export function createLimitWindows(): LimitWindows {
  const windows = new Map<string, { used: number; endsAtMs: number }>()
  const keep = (name: string, window: { used: number; endsAtMs: number }) => {
    windows.delete(name)
    windows.set(name, window)
    const [oldest] = windows.keys()
    if (windows.size > mostWindows && oldest !== undefined) windows.delete(oldest)
  }
  return {
    note: ({ name }, { used, resetsInMs }) => keep(name, { used, endsAtMs: performance.now() + resetsInMs }),
    takeTry({ name, lifetimeMs }, most) {
      const nowMs = performance.now()
      const known = windows.get(name)
      const present = known && nowMs < known.endsAtMs ? known : { used: 0, endsAtMs: nowMs + lifetimeMs }
      const used = present.used + 1
      keep(name, { used, endsAtMs: present.endsAtMs })
      return { allowed: used <= most, used, resetsInMs: Math.ceil(present.endsAtMs - nowMs), exact: false }
    },
  }
}
