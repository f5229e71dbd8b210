/** Who follows, when they react, and how others do. */
import { dayMs } from './calendar.ts'
import type { FollowersOfDay } from './followers.ts'
import { type Item, row } from './items.ts'
import type { Account, Plan } from './plan.ts'
import type { Random } from './random.ts'

type Followers = ReadonlyMap<string, readonly FollowersOfDay[]>

export function* tellAudience(plan: Plan, followers: Followers): Generator<Item> {
  for (const account of plan.accounts) {
    const random = plan.random.fork(`audience ${account.id}`)
    const days = followers.get(account.id) ?? []
    yield* tellGrowth(random, plan, account, days)
    yield* tellWho(random, plan, account, days)
    yield* tellBestTimes(random, plan, account)
    yield* tellBenchmarks(random, plan, account, days)
  }
  yield* tellCompetitors(plan)
}

function* tellGrowth(
  random: Random,
  plan: Plan,
  account: Account,
  days: readonly FollowersOfDay[],
): Generator<Item> {
  for (const [index, { count, gained, lost }] of days.entries()) {
    const day = plan.calendar.days[index]
    // A day that is not over has no end yet; one in a hundred could not be read.
    if (!day || day.endMs > plan.calendar.untilMs || random.chance(0.01)) continue
    const change = gained - lost
    yield row('analytics.audience_growth', {
      workspace_id: plan.id,
      id: random.uuid(day.endMs),
      social_account_id: account.id,
      recorded_date: day.date,
      follower_count: count,
      follower_change: change,
      followers_gained: gained,
      followers_lost: lost,
      growth_rate: Number(((100 * change) / Math.max(1, count - change)).toFixed(6)),
      retention_rate: index >= 30 ? Number(random.between(96, 99.6).toFixed(4)) : null,
      created_at: new Date(day.endMs),
    })
  }
}

const shares = (random: Random, names: readonly string[]) => {
  const weights = names.map(() => random.logNormal(1, 0.6))
  const whole = weights.reduce((sum, weight) => sum + weight, 0)
  return Object.fromEntries(
    names.map((name, i) => [name, Number(((100 * (weights[i] ?? 0)) / whole).toFixed(1))]),
  )
}

function* tellWho(
  random: Random,
  plan: Plan,
  account: Account,
  days: readonly FollowersOfDay[],
): Generator<Item> {
  const ages = shares(random, ['18-24', '25-34', '35-44', '45-54', '55+'])
  const countries = shares(random, ['DE', 'US', 'GB', 'NL', 'FR', 'other'])
  for (const [index, day] of plan.calendar.days.entries()) {
    if (day.weekday !== 1) continue
    const atMs = day.startMs + 4 * 3_600_000
    yield row('analytics.audience_demographics', {
      workspace_id: plan.id,
      id: random.uuid(atMs),
      social_account_id: account.id,
      platform: account.network.platform,
      captured_at: new Date(atMs),
      age_ranges: ages,
      gender_distribution: random.chance(0.5) ? shares(random, ['female', 'male', 'other']) : null,
      top_countries: countries,
      top_cities: shares(random, ['Berlin', 'London', 'New York', 'Paris', 'Amsterdam']),
      languages: shares(random, ['en', 'de', 'fr']),
      total_followers: days[index]?.count ?? null,
      created_at: new Date(atMs),
    })
  }
  const atMs = plan.calendar.untilMs - 2 * dayMs
  for (const interest of plan.trade.interests) {
    yield row('analytics.audience_interests', {
      workspace_id: plan.id,
      id: random.uuid(atMs),
      social_account_id: account.id,
      captured_at: new Date(atMs),
      interest_category: interest,
      affinity_score: Number(random.logNormal(1.4, 0.4).toFixed(4)),
      audience_percentage: Number(random.between(4, 60).toFixed(4)),
      engagement_rate: Number(random.between(0.8, 6).toFixed(6)),
      created_at: new Date(atMs),
    })
  }
}

function* tellBestTimes(random: Random, plan: Plan, account: Account): Generator<Item> {
  const { calendar } = plan
  const lastWeekMs = calendar.untilMs - 7 * dayMs
  const cells = Array.from({ length: 168 }, (_, index) => lastWeekMs + index * 3_600_000)
  const best = Math.max(...cells.map((atMs) => calendar.activityAt(account.network.rhythm, atMs)))
  const seen = new Set<string>()
  for (const atMs of cells) {
    const [day, hour] = [calendar.weekdayOf(atMs), calendar.hourOf(atMs)]
    // In the week in which the clocks change an hour comes twice, or not at all.
    if (seen.has(`${day}/${hour}`)) continue
    seen.add(`${day}/${hour}`)
    const score = Math.min(
      100,
      (96 * calendar.activityAt(account.network.rhythm, atMs)) / best + random.between(0, 4),
    )
    const spread = random.between(3, 14)
    yield row('analytics.optimal_posting_times', {
      workspace_id: plan.id,
      id: random.uuid(calendar.untilMs - dayMs),
      social_account_id: account.id,
      platform: account.network.platform,
      day_of_week: day,
      hour_of_day: hour,
      optimization_score: Number(score.toFixed(4)),
      avg_engagement: Number((score * account.warmth * 1.7).toFixed(6)),
      interval_low: Number(Math.max(0, score - spread).toFixed(4)),
      interval_high: Number(Math.min(100, score + spread).toFixed(4)),
      sample_size: random.whole(0, 40),
      computed_at: new Date(calendar.untilMs - dayMs),
    })
  }
}

function* tellBenchmarks(
  random: Random,
  plan: Plan,
  account: Account,
  days: readonly FollowersOfDay[],
): Generator<Item> {
  const { calendar } = plan
  for (const [index, day] of calendar.days.entries()) {
    const end = calendar.days[index + 6]
    if (day.weekday !== 1 || !end || end.endMs > calendar.untilMs) continue
    const count = days[index + 6]?.count ?? account.followers
    const before = days[index]?.count ?? count
    yield row('analytics.benchmark_comparisons', {
      workspace_id: plan.id,
      id: random.uuid(end.endMs),
      social_account_id: account.id,
      platform: account.network.platform,
      period_start: day.date,
      period_end: end.date,
      user_followers: count,
      user_engagement_rate: Number(random.between(1.2, 6).toFixed(6)),
      user_growth_rate: Number(((100 * (count - before)) / Math.max(1, before)).toFixed(6)),
      user_posts_per_week: random.whole(3, 14),
      industry_followers: account.network.followersMedian,
      industry_engagement_rate: 2.4,
      industry_growth_rate: 0.6,
      industry_posts_per_week: 6,
      competitor_followers: Math.round(account.network.followersMedian * 1.6),
      competitor_engagement_rate: Number(random.between(1, 5).toFixed(6)),
      competitor_growth_rate: Number(random.between(0.1, 1.4).toFixed(6)),
      competitor_posts_per_week: random.whole(3, 12),
      competitors_compared: plan.trade.competitors.length,
      percentiles: { followers: random.whole(20, 90), engagementRate: random.whole(20, 95) },
      created_at: new Date(end.endMs),
    })
  }
}

function* tellCompetitors(plan: Plan): Generator<Item> {
  const [account] = plan.accounts
  if (!account) return
  for (const name of plan.trade.competitors) {
    const random = plan.random.fork(`competitor ${name}`)
    const id = random.uuid(plan.createdMs)
    const createdMs = plan.createdMs
    let followers = random.logNormal(account.network.followersMedian * 1.6, 0.7)
    yield row('analytics.competitor_profiles', {
      workspace_id: plan.id,
      id,
      name,
      platform: account.network.platform,
      handle: name.toLowerCase().replace(/[^a-z]+/g, ''),
      platform_account_id: `generated-${random.hex(8)}`,
      last_fetched_at: new Date(plan.calendar.untilMs - dayMs / 3),
      created_by: plan.owner.id,
      created_at: new Date(createdMs),
      updated_at: new Date(createdMs),
    })
    for (const day of plan.calendar.days) {
      followers *= 1 + random.normal() * 0.0008 + 0.0009
      if (day.endMs > plan.calendar.untilMs || random.chance(0.02)) continue
      yield row('analytics.competitor_metrics', {
        workspace_id: plan.id,
        id: random.uuid(day.endMs),
        competitor_profile_id: id,
        recorded_date: day.date,
        followers: Math.round(followers),
        following: 300,
        posts_count: 1_200 + Math.round((day.startMs - plan.calendar.fromMs) / dayMs),
        engagement: Number(random.logNormal(90, 0.2).toFixed(6)),
        posts_per_week: Number(random.between(4, 9).toFixed(4)),
        created_at: new Date(day.endMs),
      })
    }
  }
}
