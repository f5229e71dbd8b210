/**
 * What the sources say of an index, function, trigger or policy where the inventory has its name alone, in the
 * source's own words for tables and columns. Keys are those of the inventory's lines.
 */

/** Table and columns, in the form of the inventory's other indexes; smmp names its indexes after their columns. */
export const indexDefinitions: Readonly<Record<string, string>> = {
  'smmp index User: idx_users_email': 'User(email)',
  'smmp index User: idx_users_role': 'User(role)',
  'smmp index User: idx_users_created_at': 'User(createdAt)',
  'smmp index SocialAccount: idx_social_accounts_user_id': 'SocialAccount(userId)',
  'smmp index SocialAccount: idx_social_accounts_platform': 'SocialAccount(platform)',
  'smmp index SocialAccount: idx_social_accounts_status': 'SocialAccount(status)',
  'smmp index SocialAccount: idx_social_accounts_health': 'SocialAccount(health)',
  'smmp index SocialAccount: idx_social_accounts_user_platform (UNIQUE)': 'SocialAccount(userId, platform)',
  'smmp index SocialAccount: idx_social_accounts_expires_at': 'SocialAccount(expiresAt)',
  'smmp index Post: idx_posts_user_id': 'Post(userId)',
  'smmp index Post: idx_posts_status': 'Post(status)',
  'smmp index Post: idx_posts_scheduled_at': 'Post(scheduledAt)',
  'smmp index Post: idx_posts_published_at': 'Post(publishedAt)',
  'smmp index Post: idx_posts_content_type': 'Post(contentType)',
  'smmp index Post: idx_posts_user_status': 'Post(userId, status)',
  'smmp index Post: idx_posts_scheduled_status': 'Post(scheduledAt, status)',
  'smmp index PostPublication: idx_post_publications_post_id': 'PostPublication(postId)',
  'smmp index PostPublication: idx_post_publications_social_account_id': 'PostPublication(socialAccountId)',
  'smmp index PostPublication: idx_post_publications_platform': 'PostPublication(platform)',
  'smmp index PostPublication: idx_post_publications_status': 'PostPublication(status)',
  'smmp index PostPublication: idx_post_publications_post_status': 'PostPublication(postId, status)',
  'smmp index PostPublication: idx_post_publications_published_at': 'PostPublication(publishedAt)',
  'smmp index PostPublication: idx_post_publications_post_platform (UNIQUE)':
    'PostPublication(postId, platform)',
  'smmp index Media: idx_media_post_id': 'Media(postId)',
  'smmp index Media: idx_media_type': 'Media(type)',
  'smmp index Media: idx_media_mimetype': 'Media(mimeType)',
  'smmp index Media: idx_media_post_order': 'Media(postId, order)',
  'smmp index Analytics: idx_analytics_post_publication_id': 'Analytics(postPublicationId)',
  'smmp index Analytics: idx_analytics_platform': 'Analytics(platform)',
  'smmp index Analytics: idx_analytics_period': 'Analytics(period)',
  'smmp index Analytics: idx_analytics_recorded_at': 'Analytics(recordedAt)',
  'smmp index Analytics: idx_analytics_publication_recorded': 'Analytics(postPublicationId, recordedAt)',
  'smmp index posts.hashtags GIN': 'Post USING gin(hashtags)',
  'smmp index posts.mentions GIN': 'Post USING gin(mentions)',
  'smmp index users.preferences GIN': 'User USING gin(preferences)',
  'smmp index social_accounts.metadata GIN': 'SocialAccount USING gin(metadata)',
  'smmp index posts.scheduled_at partial where scheduled': `Post(scheduledAt) WHERE status = 'scheduled'`,
  // Of a query, the columns that it compares with one value.
  "smmp query user's scheduled posts": 'Post(userId, status)',
  'smmp query active social accounts': 'SocialAccount(userId, status)',
}

/** Arguments with their types. A function that is not named here takes none. */
export const functionArguments: Readonly<Record<string, readonly string[]>> = {
  'agentanalytics function analytics.calculate_percentiles': ['values numeric[]', 'percentiles numeric[]'],
  'agentanalytics function analytics.aggregate_daily_metrics': [
    'target_date date',
    'target_workspace_id uuid',
  ],
}

export interface TriggerDefinition {
  readonly moment: string
  readonly table: string
  readonly calls: string
}

export const triggerDefinitions: Readonly<Record<string, TriggerDefinition>> = {
  'agentanalytics trigger update_daily_metrics_updated_at': {
    moment: 'BEFORE UPDATE',
    table: 'analytics.daily_metrics',
    calls: 'analytics.update_updated_at',
  },
  'agentanalytics trigger update_agent_performance_updated_at': {
    moment: 'BEFORE UPDATE',
    table: 'analytics.agent_performance',
    calls: 'analytics.update_updated_at',
  },
}

/** Commands that a policy is for; the inventory names its table. */
export const policyCommands: Readonly<Record<string, 'all'>> = {
  'smartcontent policy user_data_policy': 'all',
  'agentanalytics policy workspace_isolation_daily_metrics': 'all',
  'agentanalytics policy workspace_isolation_agent_performance': 'all',
  'advanced policy service role bypass': 'all',
}
