/** What was written, where it went, and what lives on the networks since, oldest first. */
import { DateTime } from 'luxon'
import { type Day, dayMs, hourMs } from './calendar.ts'
import { courseOf } from './counters.ts'
import { type Buckets, tellDeltas } from './deltas.ts'
import { describePost } from './describe-post.ts'
import { earningsOf, type Ledger } from './earnings.ts'
import type { FollowersOfDay } from './followers.ts'
import { type FactOrigin, type Item, row } from './items.ts'
import { tellLearnings } from './learnings.ts'
import type { Account, Plan } from './plan.ts'
import { tellContent, tellPublished } from './publications.ts'
import type { Random } from './random.ts'
import { readPost } from './snapshots.ts'
import type { SyncRuns } from './sync-runs.ts'
import { createBag, fill, writePost } from './wording.ts'
import type { Writing } from './writing.ts'

export interface Told {
  readonly plan: Plan
  readonly followers: ReadonlyMap<string, readonly FollowersOfDay[]>
  readonly syncRuns: SyncRuns
  readonly ledger: Ledger
  readonly buckets: Buckets
}

/** Hours of the day at which posts are planned, as often as they stand here. */
const planningHours = [8, 9, 9, 10, 11, 12, 12, 13, 15, 16, 17, 17, 18, 18, 19, 19, 20, 20, 21]
const weekdayShare = [0.7, 1.1, 1.15, 1.1, 1.1, 1.05, 0.8]
/** One post in so many was not written here, but found on its network. */
const foundShare = 0.14
const removedShare = 0.02

export function* tellPosts(told: Told): Generator<Item> {
  const { plan } = told
  const random = plan.random.fork('posts')
  const nextSentence = createBag(random.fork('sentences'), plan.trade.posts)
  const weights = plan.calendar.days.map((day, index) => {
    const { weekday } = day
    // The span may begin and end in the middle of a day.
    const open = openHours(plan, day).length / planningHours.length
    const growing = 1 + (0.5 * index) / plan.calendar.days.length
    return open * (weekdayShare[weekday] ?? 1) * growing * random.between(0.6, 1.4)
  })
  const whole = weights.reduce((sum, weight) => sum + weight, 0)
  let passed = 0
  let made = 0
  for (const [index, day] of plan.calendar.days.entries()) {
    passed += weights[index] ?? 0
    const target = Math.round((plan.posts * passed) / whole)
    const instants = instantsOf(random, plan, day, target - made)
    let open = target - made
    for (const atMs of instants) {
      if (!open) break
      const count = Math.min(open, random.chance(0.45) ? random.whole(2, plan.accounts.length) : 1)
      yield* tellWriting(told, random, {
        atMs,
        dayIndex: index,
        accounts: random.sample(plan.accounts, count),
        sentence: nextSentence(),
      })
      open -= count
    }
    made = target
  }
}

/** As many instants as there may be texts on this day, in order, at the workspace's own hours. */
function instantsOf(random: Random, plan: Plan, day: Day, count: number): number[] {
  const hours = openHours(plan, day)
  const instants = Array.from({ length: Math.max(0, count) }, () => {
    const hour = random.pick(hours)
    const minute = random.chance(0.6) ? random.pick([0, 15, 30, 45]) : random.whole(0, 59)
    return DateTime.fromMillis(day.startMs, { zone: plan.zone }).set({ hour, minute, second: 0 }).toMillis()
  })
  return instants.sort((one, other) => one - other)
}

/** Planning hours of this day that lie within the span as a whole. */
function openHours({ zone, calendar }: Plan, day: Day): number[] {
  return planningHours.filter((hour) => {
    const startMs = DateTime.fromMillis(day.startMs, { zone }).set({ hour }).toMillis()
    return startMs >= calendar.fromMs && startMs + hourMs < calendar.untilMs
  })
}

function* tellWriting(
  told: Told,
  random: Random,
  target: { atMs: number; dayIndex: number; accounts: readonly Account[]; sentence: string },
): Generator<Item> {
  const { plan } = told
  const { atMs, accounts } = target
  const artist = random.pick(plan.artists)
  const shortest = Math.min(...accounts.map(({ network }) => network.maxText))
  const { text, hashtags } = writePost(random, plan.trade, artist.name, shortest, target.sentence)
  const hasTitle = accounts.some(({ network }) => network.platform === 'youtube')
  const writing: Writing = {
    random,
    contentId: random.uuid(atMs - random.between(1, 90) * hourMs),
    text,
    hashtags,
    artist,
    atMs,
    title: hasTitle ? fill(random, plan.trade, random.pick(plan.trade.titles), artist.name) : null,
  }
  const isFound = random.chance(foundShare)
  if (!isFound) yield* tellContent(plan, writing)
  for (const account of accounts) {
    const publishedMs = atMs + random.whole(900, 9_000)
    const platformPostId = random.hex(10)
    const url = `https://${account.network.platform}.example/${account.username}/${platformPostId}`
    const publication = { account, publishedMs, platformPostId, url }
    let publicationId: string | null = null
    if (!isFound) {
      publicationId = random.uuid(publishedMs)
      yield* tellPublished(plan, writing, publicationId, publication)
    }
    yield* tellPost(told, writing, { ...publication, publicationId, dayIndex: target.dayIndex })
  }
}

interface PostPlace {
  readonly account: Account
  readonly publishedMs: number
  readonly platformPostId: string
  readonly url: string
  readonly publicationId: string | null
  readonly dayIndex: number
}

function* tellPost(told: Told, writing: Writing, place: PostPlace): Generator<Item> {
  const { plan, ledger } = told
  const { random } = writing
  const { account, publishedMs, publicationId } = place
  const { calendar } = plan
  const post: FactOrigin = {
    workspaceId: plan.id,
    platform: account.network.platform,
    accountId: account.id,
    postId: random.uuid(publishedMs),
    contentId: publicationId && writing.contentId,
  }
  const followers = told.followers.get(account.id)?.[place.dayIndex]?.count ?? account.followers
  const course = courseOf(random, { account, publishedMs, followers, calendar })
  const removedMs = random.chance(removedShare) ? publishedMs + random.between(0.2, 30) * dayMs : null
  const readings = readPost(random, { ...told, account, post, publishedMs, removedMs, course })
  const isRemoved = removedMs !== null && removedMs < calendar.untilMs - 3 * hourMs
  yield row('published_posts', {
    workspace_id: plan.id,
    id: post.postId,
    social_account_id: account.id,
    publication_id: publicationId,
    platform: post.platform,
    platform_post_id: place.platformPostId,
    permalink: place.url,
    text: writing.text,
    published_at: new Date(publishedMs),
    missing_since: isRemoved ? new Date(removedMs + 20 * 60_000) : null,
    removed_at: isRemoved ? new Date(removedMs + 85 * 60_000) : null,
    // Nothing is ever due in a generated workspace.
    next_sync_at: null,
    last_synced_at: readings.lastMs === null ? null : new Date(readings.lastMs),
    unchanged_syncs: readings.unchanged,
    created_at: new Date(publishedMs + 500),
    updated_at: new Date(readings.lastMs ?? publishedMs),
    title: account.network.platform === 'youtube' ? writing.title : null,
    artist_id: writing.artist.id,
    hashtags: writing.hashtags,
    ...describePost(random, plan, account, ledger),
  })
  if (account.network.platform === 'youtube') ledger.latestVideoId = post.postId
  if (post.contentId) remember(ledger, { id: post.contentId, publishedMs, platform: post.platform })
  yield* readings.items
  const earnings = earningsOf(random, {
    plan,
    account,
    writing,
    post,
    publishedMs,
    removedMs,
    course,
    ledger,
  })
  yield* earnings.items
  yield* tellDeltas(random, {
    workspaceId: plan.id,
    postId: post.postId,
    artistId: writing.artist.id,
    currency: plan.currency,
    publishedMs,
    calendar,
    buckets: told.buckets,
    told: [...readings.told, ...earnings.told].sort((one, other) => one.atMs - other.atMs),
  })
  yield* tellLearnings(random, { plan, account, writing, post, publishedMs, course, readings })
}

const contentsRemembered = 60

function remember({ latestContents }: Ledger, content: Ledger['latestContents'][number]): void {
  if (latestContents.at(-1)?.id === content.id) return
  latestContents.push(content)
  if (latestContents.length > contentsRemembered) latestContents.shift()
}
