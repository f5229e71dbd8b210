import type { Cache } from '../../infra/cache/cache.ts'
import { cacheKeys } from '../../infra/cache/keys.ts'
import { tooManyTries } from './errors.ts'

export interface Throttle {
  /** Rejects with `too_many_tries` when this subject has had more than `most` tries of the action in its minute. */
  count(action: string, subject: string, most: number): Promise<void>
}

/** Limits tries, so that passwords cannot be guessed by the thousand: on all servers together. */
export function createThrottle(cache: Cache): Throttle {
  return {
    async count(action, subject, most) {
      const { allowed } = await cache.takeTry(cacheKeys.throttle({ action, subject }), most)
      if (!allowed) throw tooManyTries()
    },
  }
}
