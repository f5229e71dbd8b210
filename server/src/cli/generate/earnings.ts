/** What videos earn: told once a month by a file that somebody exports, and shared with the artists. */
import { DateTime } from 'luxon'
import { dayMs, hourMs } from './calendar.ts'
import type { Course } from './counters.ts'
import type { ToldCounters } from './deltas.ts'
import { type FactOrigin, type Item, row } from './items.ts'
import type { Account, Plan } from './plan.ts'
import type { Random } from './random.ts'
import type { Writing } from './writing.ts'

export interface Line {
  readonly postId: string
  readonly text: string
  readonly earnings: number
  readonly firstMs: number | null
  readonly lastMs: number
}

/** What is kept from post to post: the months' files, what each artist is owed, and the latest video. */
export interface Ledger {
  readonly months: readonly Month[]
  importOf(account: Account, month: Month): string
  owe(artistId: string, month: Month, line: Line): void
  /** By artist and month: the posts that earned most, and the sum of all others. */
  owed(artistId: string, month: Month): { readonly lines: readonly Line[]; readonly rest: number } | undefined
  latestVideoId: string | null
  /** The latest texts that were written here, for their vectors. */
  readonly latestContents: { readonly id: string; readonly publishedMs: number; readonly platform: string }[]
}

export interface Month {
  readonly start: string
  readonly end: string
  /** When the file of the month is read: in its last hours, so that its numbers are those of its end. */
  readonly readMs: number
}

const linesKept = 25

export function createLedger(random: Random, plan: Plan): Ledger {
  const months = monthsOf(plan)
  const imports = new Map(
    plan.accounts.flatMap(({ id }) =>
      months.map((month) => [`${id}/${month.start}`, random.uuid(month.readMs)]),
    ),
  )
  const debts = new Map<string, { lines: Line[]; rest: number }>()
  return {
    months,
    latestVideoId: null,
    latestContents: [],
    importOf: (account, month) => imports.get(`${account.id}/${month.start}`) ?? '',
    owe(artistId, month, line) {
      const key = `${artistId}/${month.start}`
      const debt = debts.get(key) ?? { lines: [], rest: 0 }
      debts.set(key, debt)
      debt.lines.push(line)
      if (debt.lines.length <= linesKept) return
      debt.lines.sort((one, other) => other.earnings - one.earnings)
      debt.rest = cents(debt.rest + (debt.lines.pop()?.earnings ?? 0))
    },
    owed: (artistId, month) => debts.get(`${artistId}/${month.start}`),
  }
}

/** The months of the zone that ended within the span. */
function monthsOf({ zone, calendar }: Plan): Month[] {
  const months: Month[] = []
  let start = DateTime.fromMillis(calendar.fromMs, { zone }).startOf('month')
  while (start.plus({ months: 1 }).toMillis() < calendar.untilMs) {
    const next = start.plus({ months: 1 })
    months.push({
      start: start.toFormat('yyyy-MM-dd'),
      end: next.minus({ days: 1 }).toFormat('yyyy-MM-dd'),
      readMs: next.toMillis() - 2 * hourMs,
    })
    start = next
  }
  return months
}

export const cents = (amount: number) => Math.round(amount * 1e6) / 1e6

export interface Earning {
  readonly plan: Plan
  readonly account: Account
  readonly writing: Writing
  readonly post: FactOrigin
  readonly publishedMs: number
  readonly removedMs: number | null
  readonly course: Course
  readonly ledger: Ledger
}

/** The file's snapshots of one post: the only ones that know of money and of who watched from where. */
export function earningsOf(random: Random, earning: Earning): { items: Item[]; told: ToldCounters[] } {
  const { plan, account, writing, post, publishedMs, removedMs, course, ledger } = earning
  const items: Item[] = []
  const told: ToldCounters[] = []
  if (!account.network.pays) return { items, told }
  const cpm = cents(random.logNormal(2.1, 0.35))
  const watched = random.between(0.25, 0.7)
  const seconds = random.whole(25, 600)
  let before = 0
  let firstMs: number | null = null
  for (const month of ledger.months) {
    if (month.readMs < publishedMs || month.readMs > (removedMs ?? Number.POSITIVE_INFINITY)) continue
    if (month.readMs - publishedMs > 365 * dayMs) break
    const views = Math.floor(course.reached * course.progressAt(month.readMs))
    const qualified = Math.floor(views * 0.62)
    const earned = cents((qualified / 1000) * cpm)
    const secondsViewed = Math.floor(views * seconds * watched)
    const snapshot = row(
      'post_snapshots',
      {
        workspace_id: plan.id,
        published_post_id: post.postId,
        captured_at: new Date(month.readMs),
        source: 'csv',
        recorded_at: new Date(month.readMs + 65_000),
        csv_import_id: ledger.importOf(account, month),
        views,
        earnings: earned,
        currency: plan.currency,
        estimated_cpm: cpm,
        qualified_views: qualified,
        seconds_viewed: secondsViewed,
        three_second_views: Math.floor(views * 0.81),
        one_minute_views: seconds < 60 ? null : Math.floor(views * watched * 0.6),
        profile_visits: Math.floor(views * 0.011),
        subscribers_gained: Math.floor(views * 0.0016),
        avg_watch_percentage: Number((watched * 100).toFixed(2)),
        ...audience(random, views),
      },
      'csv',
    )
    items.push(snapshot, { to: 'facts', post, capturedAtMs: month.readMs, source: 'csv', metrics: { views } })
    const metrics = { views, earnings: earned, qualified_views: qualified, seconds_viewed: secondsViewed }
    told.push({ atMs: month.readMs, metrics })
    ledger.owe(writing.artist.id, month, {
      postId: post.postId,
      text: writing.title ?? writing.text.slice(0, 90),
      earnings: cents(earned - before),
      firstMs,
      lastMs: month.readMs,
    })
    before = earned
    firstMs = month.readMs
  }
  return { items, told }
}

function audience(random: Random, views: number) {
  const parts = (shares: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(shares).map(([name, share]) => [name, Math.floor(views * share)]))
  const mobile = random.between(0.55, 0.82)
  return {
    views_by_country: parts({ DE: 0.24, US: 0.21, GB: 0.13, FR: 0.08, NL: 0.06, JP: 0.04 }),
    demographics: { '18-24': 0.22, '25-34': 0.38, '35-44': 0.22, '45-54': 0.11, '55+': 0.07 },
    traffic_sources: parts({ suggested: 0.38, search: 0.19, external: 0.11, channel: 0.17 }),
    device_types: parts({ mobile, desktop: 0.9 - mobile, tv: 0.1 }),
    metrics_by_time: null,
  }
}
