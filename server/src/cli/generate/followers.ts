import type { Calendar } from './calendar.ts'
import type { Account } from './plan.ts'
import type { Random } from './random.ts'

export interface FollowersOfDay {
  readonly count: number
  readonly gained: number
  readonly lost: number
}

/** An account's followers at the end of every day: they grow by a share of themselves, in waves, and some leave. */
export function followersByDay(random: Random, account: Account, calendar: Calendar): FollowersOfDay[] {
  let count = account.followers
  let wave = 1
  return calendar.days.map(({ weekday }) => {
    // A post that is passed on widely brings followers for some days.
    wave = random.chance(0.015) ? wave + random.pareto(1.4) * 3 : 1 + (wave - 1) * 0.7
    const weekly = weekday === 0 || weekday === 6 ? 1.1 : 0.96
    const gained = Math.round(count * account.growth * 1.6 * wave * weekly * random.logNormal(1, 0.3))
    const lost = Math.round(count * account.growth * 0.6 * random.logNormal(1, 0.35))
    count = Math.max(10, count + gained - lost)
    return { count, gained, lost }
  })
}
