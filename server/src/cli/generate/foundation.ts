/** What stands before the first post: people, the workspace, its accounts, artists and campaigns. */
import { DateTime } from 'luxon'
import { dayMs } from './calendar.ts'
import type { Ledger } from './earnings.ts'
import type { FollowersOfDay } from './followers.ts'
import { type Item, row } from './items.ts'
import { tellModels } from './models.ts'
import type { Account, Person, Plan } from './plan.ts'
import type { Random } from './random.ts'
import { slugOf } from './wording.ts'

export function* tellPeople(plan: Plan): Generator<Item> {
  const random = plan.random.fork('people rows')
  for (const person of plan.people) {
    // Told in any case: what chance says of the next person must not depend on this one.
    const rows = [...tellPerson(plan, random, person)]
    if (!person.isThere) yield* rows
  }
}

function* tellPerson(plan: Plan, random: Random, person: Person): Generator<Item> {
  const [first, last] = person.name.split(' ')
  const seenMs = plan.calendar.untilMs - random.between(0.01, 6) * dayMs
  const stamps = { created_at: new Date(person.joinedMs), updated_at: new Date(person.joinedMs) }
  yield row('users', {
    id: person.id,
    name: person.name,
    email: person.email,
    username: slugOf(person.email.split('@')[0] ?? person.name),
    first_name: first,
    last_name: last,
    email_verified: true,
    preferences: { theme: random.pick(['system', 'dark', 'light']) },
    last_login_at: new Date(seenMs),
    generated_at: new Date(plan.calendar.untilMs),
    ...stamps,
  })
  yield row('user_profiles', {
    id: random.uuid(person.joinedMs),
    user_id: person.id,
    interests: random.sample(plan.trade.interests, 3),
    preferred_topics: random.sample(plan.trade.hashtags, 2),
    content_preferences: { length: random.pick(['short', 'any']) },
    engagement_patterns: { busiestHour: random.whole(8, 20) },
    last_activity_at: new Date(seenMs),
    ...stamps,
  })
  // Without a password: nobody signs in as a generated person unless one is given to them.
  yield row('user_credentials', {
    id: random.uuid(person.joinedMs),
    user_id: person.id,
    provider: 'credential',
    provider_account_id: person.id,
    password_hash: null,
    ...stamps,
  })
  yield row('user_sessions', {
    id: random.uuid(seenMs),
    user_id: person.id,
    token: random.hex(24),
    // Ended: with it nobody is signed in.
    expires_at: new Date(seenMs),
    ip_address: `198.51.100.${random.whole(1, 254)}`,
    user_agent: 'Mozilla/5.0 (X11; Linux x86_64)',
    created_at: new Date(seenMs),
    updated_at: new Date(seenMs),
  })
}

export function* tellWorkspace(plan: Plan): Generator<Item> {
  yield row('workspaces', {
    id: plan.id,
    name: plan.name,
    slug: plan.slug,
    time_zone: plan.zone,
    currency: plan.currency,
    industry: plan.trade.industry,
    size: plan.random.fork('size').pick(['startup', 'small', 'small', 'medium']),
    domain: `${slugOf(plan.name)}.example`,
    subscription_tier: plan.random.fork('tier').pick(['free', 'pro', 'pro', 'enterprise']),
    brand_guidelines: { tone: 'warm, brief', avoid: ['exclamation marks', 'buzzwords'] },
    generated_at: new Date(plan.calendar.untilMs),
    created_at: new Date(plan.createdMs),
    updated_at: new Date(plan.createdMs),
  })
}

export function* tellFoundation(
  plan: Plan,
  ledger: Ledger,
  followers: ReadonlyMap<string, readonly FollowersOfDay[]>,
): Generator<Item> {
  const stamps = { created_at: new Date(plan.createdMs), updated_at: new Date(plan.createdMs) }
  for (const artist of plan.artists) {
    yield row('artists', {
      workspace_id: plan.id,
      id: artist.id,
      name: artist.name,
      email: `${slugOf(artist.name)}@artists.example`,
      royalty_rate: artist.royaltyRate,
      notes: 'Prefers to be asked before a picture goes out.',
      social_media_handles: { instagram: slugOf(artist.name) },
      primary_platform: 'instagram',
      verified_platforms: ['instagram'],
      ...stamps,
    })
  }
  const [firstArtist] = plan.artists
  for (const person of plan.people) {
    const joined = new Date(person.joinedMs)
    yield row('workspace_members', {
      workspace_id: plan.id,
      user_id: person.id,
      role: person.role,
      artist_id: person.role === 'artist' ? (firstArtist?.id ?? null) : null,
      created_at: joined,
      updated_at: joined,
    })
  }
  for (const account of plan.accounts) {
    yield* tellAccount(plan, account, followers.get(account.id) ?? [])
    if (account.network.pays) yield* tellImports(plan, account, ledger)
  }
  for (const campaign of plan.campaigns) yield campaignRow(plan, campaign)
  yield* tellModels(plan)
}

function* tellAccount(plan: Plan, account: Account, days: readonly FollowersOfDay[]): Generator<Item> {
  const random = plan.random.fork(`account ${account.id}`)
  const now = new Date(plan.calendar.untilMs)
  const followers = days.at(-1)?.count ?? account.followers
  yield row('social_accounts', {
    workspace_id: plan.id,
    id: account.id,
    platform: account.network.platform,
    platform_account_id: account.platformAccountId,
    username: account.username,
    display_name: account.displayName,
    // Leads nowhere, whoever should call it.
    service_url: `https://${account.network.platform}.example`,
    status: 'active',
    health: 'healthy',
    // No envelope of ours: nothing can open them. Without an expiry they are not even tried.
    access_token_encrypted: 'generated',
    refresh_token_encrypted: 'generated',
    token_expires_at: null,
    bio: `${plan.name}: ${plan.trade.industry}, made with care.`,
    followers_count: followers,
    following_count: random.whole(40, 900),
    posts_count: random.whole(200, 4_000),
    counts_taken_at: now,
    last_synced_at: new Date(plan.calendar.untilMs - random.whole(60, 900) * 1_000),
    last_posted_at: new Date(plan.calendar.untilMs - random.between(0.1, 1) * dayMs),
    connected_by: plan.owner.id,
    created_at: new Date(account.connectedMs),
    updated_at: now,
  })
  const stamps = { created_at: new Date(account.connectedMs), updated_at: new Date(account.connectedMs) }
  for (const [name, value, type] of [
    ['posts.default_language', 'en', 'string'],
    ['posts.per_day', String(random.whole(1, 4)), 'number'],
    ['sync.enabled', 'true', 'boolean'],
  ] as const) {
    yield row('social_account_settings', {
      workspace_id: plan.id,
      id: random.uuid(account.connectedMs),
      social_account_id: account.id,
      name,
      value,
      type,
      ...stamps,
    })
  }
}

function* tellImports(plan: Plan, account: Account, ledger: Ledger): Generator<Item> {
  const importer = plan.people.find(({ role }) => role === 'analyst') ?? plan.owner
  for (const month of ledger.months) {
    const rows = plan.random.fork(`import ${account.id} ${month.start}`).whole(20, 400)
    yield row('csv_imports', {
      workspace_id: plan.id,
      id: ledger.importOf(account, month),
      social_account_id: account.id,
      file_name: `${account.network.platform}-${month.start.slice(0, 7)}.csv`,
      storage_path: `generated/${account.network.platform}-${month.start.slice(0, 7)}.csv`,
      status: 'completed',
      column_mapping: { 'Estimated earnings': 'earnings', Views: 'views', 'Video id': 'platform_post_id' },
      rows_total: rows + 1,
      rows_imported: rows,
      rows_rejected: 1,
      errors: [{ line: rows, reason: 'the total at the end is no post' }],
      imported_by: importer.id,
      created_at: new Date(month.readMs + 60_000),
      started_at: new Date(month.readMs + 61_000),
      completed_at: new Date(month.readMs + 66_000),
    })
  }
}

function campaignRow(plan: Plan, campaign: Plan['campaigns'][number]): Item {
  const random = plan.random.fork(`campaign ${campaign.id}`)
  const { untilMs } = plan.calendar
  const allocated = random.whole(4, 60) * 100
  const done = Math.min(1, Math.max(0, (untilMs - campaign.startMs) / (campaign.endMs - campaign.startMs)))
  const dateOf = (atMs: number) => DateTime.fromMillis(atMs, { zone: plan.zone }).toFormat('yyyy-MM-dd')
  return row('campaigns', {
    workspace_id: plan.id,
    id: campaign.id,
    name: campaign.name,
    description: `Everything around “${campaign.name}”, on all our accounts.`,
    objectives: random.sample(['awareness', 'sales', 'newsletter sign-ups', 'community'], 2),
    target_audience: { ages: '25-44', interests: random.sample(plan.trade.interests, 2) },
    budget_allocated: allocated,
    budget_spent: Number((allocated * done * random.between(0.85, 1.05)).toFixed(2)),
    currency: plan.currency,
    start_date: dateOf(campaign.startMs),
    end_date: dateOf(campaign.endMs),
    status: done >= 1 ? 'completed' : done <= 0 ? 'draft' : 'active',
    created_by: plan.owner.id,
    created_at: new Date(campaign.startMs - 10 * dayMs),
    updated_at: new Date(campaign.startMs - 9 * dayMs),
  })
}
