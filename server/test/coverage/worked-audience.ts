/** Views of followers and of competitors, worked out by hand. */
import { randomUUID } from 'node:crypto'
import { daysBefore, type Row, type Worked } from './worked-place.ts'

const counted = (id: string, account: string, capturedAt: string, followers: number): Row => ({
  id,
  social_account_id: account,
  platform: 'bluesky',
  captured_at: capturedAt,
  age_ranges: JSON.stringify({ '18-24': followers }),
  gender_distribution: JSON.stringify({ female: followers + 1 }),
  top_countries: JSON.stringify({ DE: followers + 2 }),
  top_cities: JSON.stringify({ Bonn: followers + 3 }),
  languages: JSON.stringify({ de: followers + 4 }),
  total_followers: followers,
  created_at: '2026-03-05T00:00:00.000Z',
})
const shown = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      String(value).startsWith('{') ? JSON.parse(String(value)) : value,
    ]),
  )

/** Followers by how many days before the latest number they were counted; what was gained in thirty days. */
const rivals: readonly {
  readonly name: string
  readonly followers: Readonly<Record<number, number | null>>
  readonly gained: number | null
}[] = [
  {
    name: 'a number of the very day',
    followers: { 0: 1000, 3: 970, 29: 950, 30: 900, 31: 850 },
    gained: 100,
  },
  { name: 'b number some days older', followers: { 0: 1000, 29: 990, 37: 800 }, gained: 200 },
  { name: 'c number that is too old', followers: { 0: 1000, 38: 10, 400: 10 }, gained: null },
  { name: 'd days on which none was told', followers: { 0: 1000, 30: null, 33: 1100 }, gained: -100 },
  { name: 'e latest number is untold', followers: { 0: null, 30: 900 }, gained: null },
]

export const workedAudience: readonly Worked[] = [
  {
    view: 'analytics.audience_demographics_latest',
    guarantee: 'each account has its last count, whole',
    order: 'total_followers',
    async work(place) {
      const [first, second] = place.accounts
      const latest = [
        counted(randomUUID(), first, '2026-03-03T00:00:00.000Z', 30),
        counted(randomUUID(), second, '2026-03-01T00:00:00.000Z', 70),
      ]
      await place.insert('analytics.audience_demographics', [
        counted(randomUUID(), first, '2026-03-02T00:00:00.000Z', 20),
        ...latest,
        counted(randomUUID(), first, '2026-03-01T00:00:00.000Z', 10),
        counted(randomUUID(), second, '2026-02-01T00:00:00.000Z', 60),
      ])
      return latest.map(shown)
    },
  },
  {
    view: 'analytics.competitor_benchmark_summary',
    guarantee: 'growth of thirty days is told by a number of 30 to 37 days before, and by no older one',
    order: 'name',
    async work(place) {
      const expected: Row[] = []
      for (const [index, { name, followers, gained }] of rivals.entries()) {
        const profile = {
          id: randomUUID(),
          name,
          platform: 'x',
          handle: `handle ${name}`,
          is_active: index > 0,
        }
        const recorded_date = daysBefore('2026-03-31', index)
        const metrics = Object.entries(followers).map(([daysEarlier, told]) => ({
          competitor_profile_id: profile.id,
          recorded_date: daysBefore(recorded_date, Number(daysEarlier)),
          followers: told,
          engagement: 1.5 + Number(daysEarlier),
          posts_per_week: 2.25 + Number(daysEarlier),
        }))
        await place.insert('analytics.competitor_profiles', [profile])
        await place.insert('analytics.competitor_metrics', metrics)
        const { id, ...told } = profile
        expected.push({
          competitor_profile_id: id,
          ...told,
          recorded_date,
          followers: followers[0],
          followers_gained_30d: gained,
          engagement: 1.5,
          posts_per_week: 2.25,
        })
      }
      const id = randomUUID()
      const unread = { name: 'f never read', platform: 'bluesky', handle: 'f', is_active: true }
      await place.insert('analytics.competitor_profiles', [{ id, ...unread }])
      const nothing = { recorded_date: null, followers: null, followers_gained_30d: null }
      const untold = { ...nothing, engagement: null, posts_per_week: null }
      return [...expected, { competitor_profile_id: id, ...unread, ...untold }]
    },
  },
]
