/** The readings of one post, at the instants at which the product itself would have read it. */
import { nextSyncAt } from '../../modules/ingestion/index.ts'
import { dayMs } from './calendar.ts'
import type { Course } from './counters.ts'
import type { ToldCounters } from './deltas.ts'
import { type FactOrigin, type Item, row } from './items.ts'
import { type PostMetricName, postMetricNames } from './networks.ts'
import type { Account, Plan } from './plan.ts'
import type { Random } from './random.ts'
import type { SyncRuns } from './sync-runs.ts'

export interface Readings {
  readonly items: readonly Item[]
  readonly lastMs: number | null
  readonly unchanged: number
  readonly latest: Partial<Record<PostMetricName, number>>
  readonly told: readonly ToldCounters[]
  /** By hour of the post's first day: what was gained, for the best times. */
  readonly gains: readonly { atMs: number; engagements: number; impressions: number | null }[]
}

export interface ReadPost {
  readonly plan: Plan
  readonly account: Account
  readonly post: FactOrigin
  readonly publishedMs: number
  readonly removedMs: number | null
  readonly course: Course
  readonly syncRuns: SyncRuns
}

/** A network sometimes leaves a counter out of an answer. */
const gapShare = 0.008

export function readPost(random: Random, read: ReadPost): Readings {
  const { plan, account, post, publishedMs, course, syncRuns } = read
  const published = new Date(publishedMs)
  const endMs = Math.min(plan.calendar.untilMs, read.removedMs ?? Number.POSITIVE_INFINITY)
  const items: Item[] = []
  const told: ToldCounters[] = []
  const gains = []
  let latest: Partial<Record<PostMetricName, number>> = {}
  let lastMs: number | null = null
  let unchanged = 0
  let dueMs = publishedMs + random.between(3_000, 60_000)
  while (true) {
    const atMs = syncRuns.after(account, dueMs)
    if (atMs > endMs) break
    const counters = course.countersAt(atMs)
    const isSame = lastMs !== null && postMetricNames.every((name) => counters[name] === latest[name])
    unchanged = isSame ? unchanged + 1 : 0
    if (lastMs !== null && atMs - publishedMs < dayMs) {
      const gained = engagementOf(counters) - engagementOf(latest)
      const shown = counters.impressions ?? counters.views
      const before = latest.impressions ?? latest.views
      const impressions = shown === undefined || before === undefined ? null : Math.max(0, shown - before)
      gains.push({ atMs, engagements: Math.max(0, gained), impressions })
    }
    latest = counters
    lastMs = atMs
    const metrics = random.chance(gapShare) ? without(random, counters) : counters
    told.push({ atMs, metrics })
    const { logId, item } = syncRuns.logOf(account, atMs)
    if (item) items.push(item)
    items.push(snapshotRow(post, { atMs, logId }, metrics))
    items.push({ to: 'facts', post, capturedAtMs: atMs, source: 'api', metrics })
    const next = nextSyncAt(published, new Date(atMs), unchanged)
    if (!next) break
    dueMs = next.getTime()
  }
  return { items, told, lastMs, unchanged, latest, gains }
}

const engagementOf = ({
  likes = 0,
  comments = 0,
  shares = 0,
  quotes = 0,
  saves = 0,
}: Partial<Record<PostMetricName, number>>) => likes + comments + shares + quotes + saves

function without(random: Random, counters: Partial<Record<PostMetricName, number>>) {
  const left = { ...counters }
  delete left[random.pick(postMetricNames)]
  return left
}

function snapshotRow(
  post: FactOrigin,
  run: { readonly atMs: number; readonly logId: string | null },
  counters: Partial<Record<PostMetricName, number>>,
): Item {
  return row('post_snapshots', {
    workspace_id: post.workspaceId,
    published_post_id: post.postId,
    captured_at: new Date(run.atMs),
    source: 'api',
    recorded_at: new Date(run.atMs + 300),
    sync_log_id: run.logId,
    likes: counters.likes,
    comments: counters.comments,
    shares: counters.shares,
    quotes: counters.quotes,
    views: counters.views,
    impressions: counters.impressions,
    reach: counters.reach,
    clicks: counters.clicks,
    saves: counters.saves,
    raw: counters,
  })
}
