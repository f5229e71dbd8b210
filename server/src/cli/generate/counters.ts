/** How the numbers of one post grow: fast at first, in the rhythm of its audience, towards a level of its own. */
import { type Calendar, hourMs } from './calendar.ts'
import { type PostMetricName, postMetricNames } from './networks.ts'
import type { Account } from './plan.ts'
import type { Random } from './random.ts'

export interface Course {
  /** People whom the post reaches in the end. */
  readonly reached: number
  /** How the post does beside an ordinary one of its account; 1 is the median. */
  readonly quality: number
  /** Part of the way that the counters have gone at an instant, from 0 to 1. */
  progressAt(atMs: number): number
  countersAt(atMs: number): Partial<Record<PostMetricName, number>>
}

/** One post in so many is taken up beyond its audience. */
const viralShare = 0.012
/** One post in so many is counted again by its network, downwards. */
const recountShare = 0.03

export function courseOf(
  random: Random,
  post: { account: Account; publishedMs: number; followers: number; calendar: Calendar },
): Course {
  const { account, publishedMs, followers, calendar } = post
  const { network } = account
  const { rhythm } = network
  const viral = random.chance(viralShare) ? 3 * Math.min(random.pareto(1.15), 400) : 1
  const quality = random.logNormal(1, 0.7) * viral
  const timing = calendar.activityAt(rhythm, publishedMs) ** 0.35
  const reached = followers ** 0.94 * network.reachRate * quality * timing
  // What is passed on far lives longer.
  const tau = network.tauHours * random.logNormal(1, 0.25) * (viral > 1 ? 2.2 : 1)
  const begin = calendar.activityUntil(rhythm, publishedMs)
  const recount = random.chance(recountShare)
    ? { atMs: publishedMs + random.between(20, 300) * hourMs, factor: random.between(0.82, 0.98) }
    : undefined
  const levels = postMetricNames.flatMap((name) => {
    const share = network.tells[name]
    if (share === undefined || account.untold.includes(name)) return []
    const isSeen = name === 'views' || name === 'impressions' || name === 'reach'
    const level = isSeen ? random.logNormal(1, 0.05) : account.warmth * random.logNormal(1, 0.3)
    return [{ name, level: reached * share * level }]
  })

  const progressAt = (atMs: number) =>
    1 - Math.exp(-((Math.max(0, calendar.activityUntil(rhythm, atMs) - begin) / tau) ** 0.72))
  return {
    reached,
    quality,
    progressAt,
    countersAt(atMs) {
      const progress = progressAt(atMs) * (recount && atMs >= recount.atMs ? recount.factor : 1)
      const counters: Partial<Record<PostMetricName, number>> = {}
      for (const { name, level } of levels) counters[name] = Math.floor(level * progress)
      return counters
    },
  }
}
