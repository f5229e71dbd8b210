/** Generated data is worth looking at only where it has the shape of real data. */
import { beforeAll, describe, expect, test } from 'vitest'
import {
  clockOf,
  finalEngagement,
  type GeneratedPost,
  gainsOf,
  readWorkspace,
  type ToldWorkspace,
} from '../../../test/generated-posts.ts'
import { correlation, meanOf, medianOf, shareOfLargest, tailExponent } from '../../../test/statistics.ts'
import { type PostMetricName, postMetricNames } from './networks.ts'
import { planWorkspace } from './plan.ts'
import { createRandom } from './random.ts'

const days = 365
const untilMs = Date.parse('2026-10-20T10:00:00Z')
const dayMs = 86_400_000
/** What is younger has not got all that it will get. */
const isGrown = ({ publishedMs }: GeneratedPost) => publishedMs < untilMs - 7 * dayMs

let tokyo: ToldWorkspace
let losAngeles: ToldWorkspace
let posts: readonly GeneratedPost[]
beforeAll(() => {
  const tell = (index: number, zone: string) =>
    readWorkspace(
      planWorkspace({
        seed: 8,
        index,
        posts: 2_500,
        days,
        untilMs,
        zone,
        platforms: ['bluesky', 'instagram', 'linkedin'],
      }),
    )
  tokyo = tell(0, 'Asia/Tokyo')
  losAngeles = tell(1, 'America/Los_Angeles')
  posts = [...tokyo.posts, ...losAngeles.posts]
})

describe('a few posts have most of what all get', () => {
  /** Beside an ordinary post of the same account, so that what large accounts have is not taken for luck. */
  const relative = () =>
    [...Map.groupBy(posts.filter(isGrown), ({ accountId }) => accountId).values()].flatMap((ofAccount) => {
      const engagements = ofAccount.map(finalEngagement)
      const median = medianOf(engagements)
      return engagements.map((engagement) => engagement / median)
    })
  // At least 1: the mean exists, as it does on networks. Log-normal alone, the best posts are not good enough.
  const exponents = { least: 1, most: 2.5 } as const

  test('the tail falls as a power of the engagement', () => {
    const exponent = tailExponent(relative(), 0.01)
    expect(exponent).toBeGreaterThan(exponents.least)
    expect(exponent).toBeLessThan(exponents.most)
  })

  test('the share of the best hundredth and of the best tenth is far above that of chance around a median', () => {
    expect(shareOfLargest(relative(), 0.01)).toBeGreaterThan(0.08)
    expect(shareOfLargest(relative(), 0.1)).toBeGreaterThan(0.33)
    // Large and small accounts together.
    expect(shareOfLargest(posts.map(finalEngagement), 0.01)).toBeGreaterThan(0.1)
    expect(shareOfLargest(posts.map(finalEngagement), 0.1)).toBeGreaterThan(0.38)
  })

  test('the measure tells a power law from what has none', () => {
    const random = createRandom('samples')
    const sample = (draw: () => number) => Array.from({ length: relative().length }, draw)
    const power = sample(() => random.pareto(1.6))
    expect(tailExponent(power, 0.01)).toBeCloseTo(1.6, 0)
    const logNormal = sample(() => random.logNormal(1, 0.7))
    expect(tailExponent(logNormal, 0.01)).toBeGreaterThan(exponents.most)
    expect(shareOfLargest(logNormal, 0.01)).toBeLessThan(0.08)
    expect(shareOfLargest(logNormal, 0.1)).toBeLessThan(0.33)
  })
})

/** One number for each hour of the day. */
function byHour(among: readonly GeneratedPost[], zone: string, what: 'posts' | 'gains'): number[] {
  const clock = clockOf(zone)
  const hours = new Array<number>(24).fill(0)
  const add = (atMs: number, amount: number) => {
    const { hour } = clock(atMs)
    hours[hour] = (hours[hour] ?? 0) + amount
  }
  for (const post of among) {
    if (what === 'posts') add(post.publishedMs, 1)
    else for (const { atMs, share } of gainsOf(post)) add(atMs, share)
  }
  return hours
}

const peakOf = (hours: readonly number[]) => hours.indexOf(Math.max(...hours))
const on = (platform: string, { posts: all }: ToldWorkspace) =>
  all.filter((post) => post.platform === platform)
const between = (hours: readonly number[], first: number, last: number) =>
  hours.slice(first, last + 1).reduce((sum, amount) => sum + amount, 0)

test.each(['posts', 'gains'] as const)(
  '%s follow the day of the workspace’s own zone, and in UTC those of two zones have nothing in common',
  (what) => {
    const inOwn = (workspace: ToldWorkspace) => byHour(workspace.posts, workspace.zone, what)
    const inUtc = (workspace: ToldWorkspace) => byHour(workspace.posts, 'UTC', what)
    expect(correlation(inOwn(tokyo), inOwn(losAngeles))).toBeGreaterThan(0.85)
    expect(correlation(inUtc(tokyo), inUtc(losAngeles))).toBeLessThan(0.3)
    for (const workspace of [tokyo, losAngeles]) {
      const hours = inOwn(workspace)
      // Three hours of the night beside three of the evening.
      expect(between(hours, 2, 4)).toBeLessThan(0.15 * between(hours, 18, 20))
    }
  },
)

test('engagement peaks in the evening where people are for leisure, and in office hours where for business', () => {
  for (const workspace of [tokyo, losAngeles]) {
    const peak = (platform: string) => peakOf(byHour(on(platform, workspace), workspace.zone, 'gains'))
    expect(peak('instagram')).toBeGreaterThanOrEqual(17)
    expect(peak('instagram')).toBeLessThanOrEqual(21)
    expect(peak('linkedin')).toBeGreaterThanOrEqual(8)
    expect(peak('linkedin')).toBeLessThanOrEqual(17)
  }
})

test('weekends are quieter: fewer posts, and on a network for business hardly anybody who reacts', () => {
  for (const workspace of [tokyo, losAngeles]) {
    const clock = clockOf(workspace.zone)
    /** A day of the weekend beside one of the week. */
    const ratioOf = (amounts: readonly { atMs: number; share: number }[]) => {
      const sums = { weekend: 0, week: 0 }
      for (const { atMs, share } of amounts) sums[clock(atMs).isWeekend ? 'weekend' : 'week'] += share
      return sums.weekend / 2 / (sums.week / 5)
    }
    const published = ratioOf(workspace.posts.map(({ publishedMs }) => ({ atMs: publishedMs, share: 1 })))
    expect(published).toBeGreaterThan(0.5)
    expect(published).toBeLessThan(0.85)
    const gained = (platform: string) =>
      ratioOf(on(platform, workspace).flatMap((post) => [...gainsOf(post)]))
    expect(gained('linkedin')).toBeLessThan(0.5)
    // Less is posted, yet what is posted finds people with time.
    expect(gained('instagram')).toBeGreaterThan(published)
    expect(gained('instagram')).toBeLessThan(1)
  }
})

test('followers grow from day to day, more is posted, and a post gets more than one of a year ago', () => {
  for (const workspace of [tokyo, losAngeles]) {
    expect(workspace.followers.size).toBe(3)
    for (const counts of workspace.followers.values()) {
      const growth = (counts.at(-1) ?? 0) / (counts[0] ?? Number.NaN)
      expect(growth).toBeGreaterThan(1.05)
      expect(growth).toBeLessThan(20)
      const rises = counts.filter((count, day) => day > 0 && count > (counts[day - 1] ?? 0))
      // Some leave every day, and on some days more than come.
      expect(rises.length / counts.length).toBeGreaterThan(0.6)
    }
    const third = ({ publishedMs }: GeneratedPost) =>
      Math.floor((3 * (publishedMs - untilMs + days * dayMs)) / (days * dayMs))
    const [first = [], last = []] = [0, 2].map((which) =>
      workspace.posts.filter((post) => third(post) === which),
    )
    expect(last.length / first.length).toBeGreaterThan(1.1)
    // The mean of the logarithms: a single post that is passed on widely does not decide it.
    const typical = (among: readonly GeneratedPost[]) =>
      Math.exp(meanOf(among.filter(isGrown).map((post) => Math.log(1 + finalEngagement(post)))))
    expect(typical(last) / typical(first)).toBeGreaterThan(1.15)
  }
})

/** As the networks' own interfaces have them: Bluesky counts no views, LinkedIn no saves. */
const toldBy: Readonly<Record<string, readonly PostMetricName[]>> = {
  bluesky: ['likes', 'comments', 'shares', 'quotes'],
  instagram: ['likes', 'comments', 'shares', 'views', 'reach', 'saves'],
  linkedin: ['likes', 'comments', 'shares', 'impressions', 'reach', 'clicks'],
}

test.each(Object.entries(toldBy))(
  '%s tells its own counters, now and then one less, and never another',
  (platform, names) => {
    const among = posts.filter((post) => post.platform === platform)
    const readings = among.reduce((sum, post) => sum + post.readings.length, 0)
    const told = (name: PostMetricName) => among.reduce((sum, post) => sum + (post.told.get(name) ?? 0), 0)
    expect(postMetricNames.filter((name) => told(name) > 0)).toEqual(
      postMetricNames.filter((name) => names.includes(name)),
    )
    for (const name of names) {
      // One account in five is not told one of them at all.
      expect(told(name) / readings, name).toBeGreaterThan(0.4)
      expect(told(name), name).toBeLessThan(readings)
    }
  },
)
