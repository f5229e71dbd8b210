import type { Log } from '../log.ts'

/** Says once that something is away and once that it is back, however often either is noticed. */
export interface Outage {
  begin(reason: unknown): void
  end(): void
}

export function createOutage(log: Log, subject: string): Outage {
  let sinceMs: number | undefined
  return {
    begin(reason) {
      if (sinceMs !== undefined) return
      sinceMs = performance.now()
      const err = reason instanceof Error ? reason.message || reason.name : String(reason)
      log.warn({ err }, `${subject} is away: the product goes on without it, and slower`)
    },
    end() {
      if (sinceMs === undefined) return
      log.info({ awayMs: Math.round(performance.now() - sinceMs) }, `${subject} is back`)
      sinceMs = undefined
    },
  }
}
