/** Views of rates over what was measured of posts, worked out by hand. */
import { randomUUID } from 'node:crypto'
import { at, type Place, type Row, type Worked } from './worked-place.ts'

const engagementsUntold = { likes: null, comments: null, shares: null, quotes: null, saves: null }
const untold = { ...engagementsUntold, clicks: null, reach: null, impressions: null, views: null }
/** Fifteen engagements. */
const engaged = { likes: 1, comments: 2, shares: 3, quotes: 4, saves: 5 }

interface Rated {
  readonly told: Row
  readonly engagement_rate: number | null
  readonly ctr: number | null
}
const rated: readonly Rated[] = [
  {
    told: { ...engaged, clicks: 6, reach: 100, impressions: 400, views: 1000 },
    engagement_rate: 15,
    ctr: 1.5,
  },
  { told: { ...engaged, impressions: 400, views: 1000 }, engagement_rate: 3.75, ctr: null },
  { told: { ...engaged, clicks: 6, views: 1000 }, engagement_rate: 1.5, ctr: null },
  { told: { ...engaged, clicks: 6 }, engagement_rate: null, ctr: null },
  { told: { clicks: 6, reach: 100, impressions: 400 }, engagement_rate: null, ctr: 1.5 },
  { told: { likes: 0, clicks: 0, reach: 100, impressions: 400 }, engagement_rate: 0, ctr: 0 },
  { told: { quotes: 4, reach: 3 }, engagement_rate: 133.333333, ctr: null },
  { told: { saves: 5, clicks: 1, reach: 0, impressions: 0, views: 9 }, engagement_rate: null, ctr: null },
]

async function hoursOfEngagement(place: Place): Promise<void> {
  const [social_account_id, other] = place.accounts
  const post = { published_post_id: await place.post() }
  const bluesky = { ...post, social_account_id, platform: 'bluesky', hour_of_day: 9, day_of_week: 3 }
  const measured: readonly Row[] = [
    { ...bluesky, engagements: 10, impressions: 100, engagement_velocity: 2 },
    { ...bluesky, engagements: 5, impressions: null, engagement_velocity: 4 },
    { ...bluesky, engagements: null, impressions: 300, engagement_velocity: null },
    { ...bluesky, engagements: 20, impressions: 50, engagement_velocity: 9, day_of_week: 0 },
    { ...bluesky, engagements: 3, impressions: 60, engagement_velocity: 3, hour_of_day: 10 },
    {
      ...bluesky,
      platform: 'mastodon',
      social_account_id: other,
      engagements: 7,
      impressions: null,
      engagement_velocity: null,
    },
  ]
  await place.insert(
    'analytics.engagement_by_time',
    measured.map((row, hour) => ({ ...row, measured_at: at(place.today, `0${hour}:00`) })),
  )
}

const ofBluesky = (row: Row): Row => ({ platform: 'bluesky', ...row })
const ofMastodon = (row: Row): Row => ({
  platform: 'mastodon',
  ...row,
  measurements: 1,
  engagements: 7,
  impressions: null,
  engagement_rate: null,
  avg_engagement_velocity: null,
})

export const workedRates: readonly Worked[] = [
  {
    view: 'public.content_performance',
    guarantee:
      'a rate is of the reach, else of the impressions, else of the views, and null where one side is untold',
    order: 'recorded_at',
    async work(place) {
      const [social_account_id] = place.accounts
      const content_id = randomUUID()
      const publication_id = randomUUID()
      await place.insert('content', [{ id: content_id, text: 'ours' }])
      await place.insert('publications', [{ id: publication_id, content_id, social_account_id }])
      const ours = await place.post({ publication_id })
      const found = await place.post()
      const seen = rated.map(({ told }, index) => ({
        published_post_id: index === 0 ? found : ours,
        captured_at: new Date(Date.now() - (rated.length - index) * 60_000),
        source: index === 1 ? 'webhook' : 'api',
        ...told,
      }))
      await place.insert('post_snapshots', seen)
      return rated.map(({ told, ...rates }, index) => ({
        published_post_id: seen[index]?.published_post_id,
        content_id: index === 0 ? null : content_id,
        social_account_id,
        platform: 'bluesky',
        recorded_at: seen[index]?.captured_at.toISOString(),
        source: seen[index]?.source,
        ...untold,
        ...told,
        ...rates,
      }))
    },
  },
  {
    view: 'analytics.engagement_summary_by_hour',
    guarantee: 'engagements are divided by the impressions of the same measurements',
    order: 'platform, hour_of_day',
    async work(place) {
      await hoursOfEngagement(place)
      return [
        // 10 and 20 of 100 and 50: what was measured on one side alone stays out.
        ofBluesky({
          hour_of_day: 9,
          measurements: 4,
          engagements: 35,
          impressions: 450,
          engagement_rate: 20,
          avg_engagement_velocity: 5,
        }),
        ofBluesky({
          hour_of_day: 10,
          measurements: 1,
          engagements: 3,
          impressions: 60,
          engagement_rate: 5,
          avg_engagement_velocity: 3,
        }),
        ofMastodon({ hour_of_day: 9 }),
      ]
    },
  },
  {
    view: 'analytics.engagement_summary_by_day',
    guarantee: 'engagements are divided by the impressions of the same measurements',
    order: 'platform, day_of_week',
    async work(place) {
      await hoursOfEngagement(place)
      return [
        ofBluesky({
          day_of_week: 0,
          measurements: 1,
          engagements: 20,
          impressions: 50,
          engagement_rate: 40,
          avg_engagement_velocity: 9,
        }),
        // 10 and 3 of 100 and 60.
        ofBluesky({
          day_of_week: 3,
          measurements: 4,
          engagements: 18,
          impressions: 460,
          engagement_rate: 8.125,
          avg_engagement_velocity: 3,
        }),
        ofMastodon({ day_of_week: 3 }),
      ]
    },
  },
]
