import type { Clock } from '../../infra/clock.ts'
import { tooManyTries } from './errors.ts'

const windowMs = 60_000
const mostKeys = 10_000

/** Limits tries per key and minute, so that passwords cannot be guessed by the thousand. Bounded in memory. */
export function createThrottle(clock: Clock) {
  let windowEndsAt = 0
  const tries = new Map<string, number>()
  return {
    /** Throws `too_many_tries` when this key has had more than `most` tries in the present minute. */
    count(key: string, most: number): void {
      const now = clock.now().getTime()
      if (now >= windowEndsAt || tries.size >= mostKeys) {
        tries.clear()
        windowEndsAt = now + windowMs
      }
      const count = (tries.get(key) ?? 0) + 1
      tries.set(key, count)
      if (count > most) throw tooManyTries()
    },
  }
}
