/** Materialized views of what posts gained and have, worked out by hand. */
import { expect } from 'vitest'
import { at, daysAfter, daysBefore, mondayOf, type Place, type Row, type Worked } from './worked-place.ts'

const gain = (post: string, from: string, gained: Row, period: { name: string; days: number }): Row => ({
  published_post_id: post,
  period: period.name,
  from_at: at(from),
  to_at: at(daysAfter(from, period.days)),
  ...Object.fromEntries(Object.entries(gained).map(([name, value]) => [`${name}_delta`, value])),
})
const daily = (post: string, date: string, gained: Row) =>
  gain(post, date, gained, { name: 'daily', days: 1 })
const weekly = (post: string, date: string, gained: Row) =>
  gain(post, date, gained, { name: 'weekly', days: 7 })

/** Four posts that tell different counters. Two tell both sides of a rate: 1 of 10 reached, 100 of 1,000 impressions. */
const unlike: readonly [Row, Row, Row, Row] = [
  { likes: 1, reach: 10, impressions: 20, views: 30, clicks: 4 },
  { likes: 100, impressions: 1000, views: 5000, clicks: 6 },
  { comments: 50, shares: 7, saves: 3 },
  { reach: 500 },
]
const unlikeSums = {
  views: 5030,
  impressions: 1020,
  reach: 510,
  likes: 101,
  comments: 50,
  shares: 7,
  clicks: 10,
  saves: 3,
  engagement_rate: 10,
}
/** Forty-five engagements, twelve of them quotes, of two hundred people. */
const alike: readonly [Row, Row] = [
  { likes: 1, comments: 2, shares: 3, quotes: 4, saves: 5, views: 7, impressions: 60, reach: 50, clicks: 9 },
  {
    likes: 2,
    comments: 4,
    shares: 6,
    quotes: 8,
    saves: 10,
    views: 11,
    impressions: 200,
    reach: 150,
    clicks: 20,
  },
]
const alikeSums = {
  views: 18,
  impressions: 260,
  reach: 200,
  likes: 3,
  comments: 6,
  shares: 9,
  clicks: 29,
  saves: 15,
  engagement_rate: 22.5,
}
const nothingTold = {
  views: null,
  impressions: null,
  reach: null,
  likes: null,
  comments: null,
  shares: null,
  clicks: null,
  saves: null,
  engagement_rate: null,
}
/** The network counted anew, and found less. */
const recounted = { likes: -1, reach: -10 }

async function fivePosts(place: Place) {
  const other = { social_account_id: place.accounts[1], platform: 'mastodon' }
  return {
    ours: [await place.post(), await place.post(), await place.post(), await place.post()] as const,
    elsewhere: await place.post(other),
    bluesky: { social_account_id: place.accounts[0], platform: 'bluesky' },
    mastodon: other,
  }
}

/** Engagements of the last snapshot of each post, and the views and impressions beside them. */
const lastSnapshots: readonly Row[] = [
  { likes: 1, comments: 2, shares: 3, quotes: 4, saves: 0, views: 1000, impressions: 1 },
  { likes: 20, views: 200, impressions: 2 },
  { saves: 30, views: 30 },
  { quotes: 40 },
  { comments: 60, shares: 40, impressions: 4 },
  { views: 5 },
]

export const workedPerformance: readonly Worked[] = [
  {
    view: 'analytics.analytics_aggregated_daily',
    guarantee: 'a day of an account is the sum of its posts, its rate that of the posts that told both sides',
    order: 'platform, metric_date desc',
    async work(place) {
      const { ours, elsewhere, bluesky, mastodon } = await fivePosts(place)
      const day = (ago: number) => daysBefore(place.today, ago)
      await place.insert('post_deltas', [
        ...unlike.map((gained, index) => daily(ours[index] ?? '', day(2), gained)),
        ...alike.map((gained, index) => daily(ours[index] ?? '', day(3), gained)),
        daily(ours[0], day(4), recounted),
        daily(ours[0], day(88), { clicks: 1 }),
        daily(ours[0], day(92), { clicks: 1 }),
        daily(elsewhere, day(2), { saves: 1, views: 40 }),
        weekly(ours[0], day(9), { likes: 1000, reach: 1 }),
      ])
      return [
        { ...bluesky, metric_date: day(2), posts_measured: 4, ...unlikeSums },
        { ...bluesky, metric_date: day(3), posts_measured: 2, ...alikeSums },
        { ...bluesky, metric_date: day(4), posts_measured: 1, ...nothingTold, ...recounted },
        { ...bluesky, metric_date: day(88), posts_measured: 1, ...nothingTold, clicks: 1 },
        {
          ...mastodon,
          metric_date: day(2),
          posts_measured: 1,
          ...nothingTold,
          saves: 1,
          views: 40,
          engagement_rate: 2.5,
        },
      ]
    },
  },
  {
    view: 'analytics.analytics_aggregated_weekly',
    guarantee:
      'a week is the sum of its days, its rate that of the days that told both sides, each post counts once',
    order: 'platform, week_start desc',
    async work(place) {
      const { ours, elsewhere, bluesky, mastodon } = await fivePosts(place)
      const monday = (ago: number) => daysBefore(mondayOf(place.today), 7 * ago)
      const sunday = (ago: number) => daysAfter(monday(ago), 6)
      await place.insert('post_deltas', [
        daily(ours[0], monday(2), unlike[0]),
        daily(ours[0], sunday(2), unlike[1]),
        daily(ours[1], daysAfter(monday(2), 3), unlike[2]),
        daily(ours[2], sunday(2), unlike[3]),
        daily(ours[0], sunday(3), alike[0]),
        daily(ours[1], monday(3), alike[1]),
        daily(ours[0], monday(50), recounted),
        daily(ours[0], monday(54), { clicks: 1 }),
        daily(elsewhere, monday(2), { saves: 1, views: 40 }),
        weekly(ours[0], monday(2), { likes: 1000, reach: 1 }),
      ])
      return [
        { ...bluesky, week_start: monday(2), posts_measured: 3, ...unlikeSums },
        { ...bluesky, week_start: monday(3), posts_measured: 2, ...alikeSums },
        { ...bluesky, week_start: monday(50), posts_measured: 1, ...nothingTold, ...recounted },
        {
          ...mastodon,
          week_start: monday(2),
          posts_measured: 1,
          ...nothingTold,
          saves: 1,
          views: 40,
          engagement_rate: 2.5,
        },
      ]
    },
  },
  {
    view: 'analytics.platform_performance_summary',
    guarantee: 'percentiles are of the engagements that the last snapshot of each post told',
    order: 'platform',
    async work(place) {
      const at = (daysAgo: number) => new Date(Date.now() - daysAgo * 86_400_000)
      const add = async (publishedDaysAgo: number, told: Row, published: Row = {}) => {
        const published_post_id = await place.post({ ...published, published_at: at(publishedDaysAgo) })
        const snapshot = { published_post_id, source: 'api' }
        await place.insert('post_snapshots', [
          { ...snapshot, captured_at: at(1), ...told },
          { ...snapshot, captured_at: at(1.5), likes: 7_000_000, views: 7_000_000 },
        ])
      }
      for (const told of lastSnapshots) await add(2, told)
      await place.post()
      await add(89, { views: 300 }, { social_account_id: place.accounts[1], platform: 'mastodon' })
      await add(91, { likes: 9_000_000, views: 9_000_000 })
      const untold = {
        avg_engagement: null,
        p25_engagement: null,
        p50_engagement: null,
        p75_engagement: null,
      }
      return [
        {
          platform: 'bluesky',
          posts: 7,
          posts_measured: 5,
          // Of 10, 20, 30, 40 and 100.
          avg_engagement: 40,
          p25_engagement: 20,
          p50_engagement: 30,
          p75_engagement: 40,
          p90_engagement: expect.closeTo(76, 9),
          p95_engagement: expect.closeTo(88, 9),
          p99_engagement: expect.closeTo(97.6, 9),
          views: 1235,
          impressions: 7,
        },
        {
          platform: 'mastodon',
          posts: 1,
          posts_measured: 0,
          ...untold,
          p90_engagement: null,
          p95_engagement: null,
          p99_engagement: null,
          views: 300,
          impressions: null,
        },
      ]
    },
  },
]
