import type { Services } from '../services.ts'
import type { AccountRow } from './queries.ts'
import type { SocialAccount } from './schema.ts'

/** An account as the API shows it, with the network's limits and words. */
export function describeAccount(
  { connectorFor }: Pick<Services, 'connectorFor'>,
  row: AccountRow,
): SocialAccount {
  const { displayName, limits, metricLabels } = connectorFor(row.platform)
  return {
    id: row.id,
    platform: row.platform,
    platformName: displayName,
    username: row.username,
    displayName: row.display_name,
    avatarUrl: row.avatar_url,
    serviceUrl: row.service_url,
    status: row.status,
    health: row.health,
    healthReason: row.health_reason,
    followersCount: row.followers_count,
    followingCount: row.following_count,
    postsCount: row.posts_count,
    countsTakenAt: row.counts_taken_at?.toISOString() ?? null,
    limits,
    metricLabels,
    createdAt: row.created_at.toISOString(),
  }
}
