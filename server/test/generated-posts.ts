/** A generated workspace as the rows tell it that are written: its posts, what they gained when, and its followers. */
import { DateTime } from 'luxon'
import { z } from 'zod'
import { type PostMetricName, postMetricNames } from '../src/cli/generate/networks.ts'
import type { Plan } from '../src/cli/generate/plan.ts'
import { tellStory } from '../src/cli/generate/story.ts'

export interface GeneratedPost {
  readonly accountId: string
  readonly platform: string
  readonly publishedMs: number
  /** Cumulative, oldest first. */
  readonly readings: { readonly atMs: number; readonly engagement: number }[]
  /** In how many readings each counter was told. */
  readonly told: Map<PostMetricName, number>
}

export interface ToldWorkspace {
  readonly zone: string
  readonly posts: readonly GeneratedPost[]
  /** By account, oldest day first. */
  readonly followers: ReadonlyMap<string, readonly number[]>
}

const Published = z.object({
  id: z.string(),
  social_account_id: z.string(),
  platform: z.string(),
  published_at: z.date(),
})
const Growth = z.object({ social_account_id: z.string(), follower_count: z.number() })

export function readWorkspace(plan: Plan): ToldWorkspace {
  const posts = new Map<string, GeneratedPost>()
  const followers = new Map<string, number[]>()
  for (const item of tellStory(plan)) {
    if (item.to === 'facts' && item.source === 'api') {
      const post = posts.get(item.post.postId)
      if (!post) throw new Error('a post is counted before it is there')
      post.readings.push({ atMs: item.capturedAtMs, engagement: engagementOf(item.metrics) })
      for (const name of postMetricNames) {
        if (item.metrics[name] !== undefined) post.told.set(name, (post.told.get(name) ?? 0) + 1)
      }
    } else if (item.to === 'table' && item.table === 'published_posts') {
      const { id, social_account_id: accountId, platform, published_at } = Published.parse(item.row)
      posts.set(id, { accountId, platform, publishedMs: +published_at, readings: [], told: new Map() })
    } else if (item.to === 'table' && item.table === 'analytics.audience_growth') {
      const { social_account_id: accountId, follower_count } = Growth.parse(item.row)
      followers.set(accountId, [...(followers.get(accountId) ?? []), follower_count])
    }
  }
  return { zone: plan.zone, posts: [...posts.values()], followers }
}

const engagementOf = (metrics: Readonly<Partial<Record<PostMetricName, number>>>) =>
  (['likes', 'comments', 'shares', 'quotes', 'saves'] as const).reduce(
    (sum, name) => sum + (metrics[name] ?? 0),
    0,
  )

export const finalEngagement = ({ readings }: GeneratedPost) => readings.at(-1)?.engagement ?? 0

const hourMs = 3_600_000

/** The hour of the day, and whether it is the weekend, by the clocks of a zone. */
export function clockOf(zone: string): (atMs: number) => { hour: number; isWeekend: boolean } {
  const known = new Map<number, { hour: number; isWeekend: boolean }>()
  return (atMs) => {
    const start = Math.floor(atMs / hourMs) * hourMs
    const found = known.get(start)
    if (found) return found
    const { hour, weekday } = DateTime.fromMillis(start, { zone })
    const clock = { hour, isWeekend: weekday > 5 }
    known.set(start, clock)
    return clock
  }
}

export interface Gain {
  readonly atMs: number
  /** Of all that the post has got, so that a few great ones do not outweigh all others. */
  readonly share: number
}

const fewest = 20

/** What was gained between two readings an hour or so apart, of posts with enough of it to tell. */
export function* gainsOf(post: GeneratedPost): Generator<Gain> {
  const whole = finalEngagement(post)
  if (whole < fewest) return
  for (const [index, reading] of post.readings.entries()) {
    const before = post.readings[index - 1]
    if (!before || reading.atMs - before.atMs > 1.5 * hourMs) continue
    const share = Math.max(0, reading.engagement - before.engagement) / whole
    yield { atMs: (before.atMs + reading.atMs) / 2, share }
  }
}
