import type { Clock } from '../clock.ts'

export interface RecentValues {
  find(name: string): string | undefined
  put(name: string, text: string, lifetimeMs: number): void
  drop(name: string): void
  clear(): void
}

/** Texts by name, each for its lifetime. The least recently used go when there are too many or they weigh too much. */
export function createRecentValues(options: {
  clock: Clock
  maxEntries: number
  maxBytes: number
}): RecentValues {
  const { clock, maxEntries, maxBytes } = options
  // A map keeps the order of insertion: the first entry is the one that was used longest ago.
  const entries = new Map<string, { text: string; sizeBytes: number; expiresAtMs: number }>()
  let totalBytes = 0
  const drop = (name: string) => {
    totalBytes -= entries.get(name)?.sizeBytes ?? 0
    entries.delete(name)
  }
  return {
    find(name) {
      const entry = entries.get(name)
      if (entry === undefined) return undefined
      if (clock.now().getTime() >= entry.expiresAtMs) {
        drop(name)
        return undefined
      }
      entries.delete(name)
      entries.set(name, entry)
      return entry.text
    },
    put(name, text, lifetimeMs) {
      drop(name)
      const sizeBytes = Buffer.byteLength(name) + Buffer.byteLength(text)
      entries.set(name, { text, sizeBytes, expiresAtMs: clock.now().getTime() + lifetimeMs })
      totalBytes += sizeBytes
      for (const oldest of entries.keys()) {
        if (entries.size <= maxEntries && totalBytes <= maxBytes) break
        drop(oldest)
      }
    },
    drop,
    clear() {
      entries.clear()
      totalBytes = 0
    },
  }
}
