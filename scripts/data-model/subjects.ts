/**
 * What docs/data-model.md is divided into. Every table and view of PostgreSQL and ClickHouse appears in exactly one
 * subject; a name of the schema public stands without it.
 */
export interface Subject {
  /** As in the markers of the document. */
  readonly key: string
  readonly tables: readonly string[]
  readonly views?: readonly string[]
}

export const subjects: readonly Subject[] = [
  {
    key: 'tenancy',
    tables: [
      'workspaces',
      'users',
      'workspace_members',
      'workspace_invitations',
      'api_keys',
      'app.secret_hashes',
      'user_profiles',
      'user_credentials',
      'user_sessions',
      'user_verifications',
    ],
  },
  {
    key: 'accounts',
    tables: ['social_accounts', 'social_account_settings', 'sync_logs', 'webhook_events', 'csv_imports'],
  },
  {
    key: 'publishing',
    tables: ['campaigns', 'content', 'media', 'content_media', 'publications', 'publication_attempts'],
  },
  {
    key: 'measuring',
    tables: ['published_posts', 'post_snapshots', 'post_deltas', 'outbox'],
    views: [
      'content_performance',
      'analytics.analytics_aggregated_daily',
      'analytics.daily_performance',
      'analytics.analytics_aggregated_weekly',
      'analytics.weekly_performance',
      'analytics.platform_performance_summary',
      'analytics.platform_performance',
    ],
  },
  {
    key: 'agents',
    tables: [
      'agents',
      'agent_runs',
      'agent_feedback',
      'analytics.agent_performance',
      'analytics.user_activity',
      'analytics.hourly_metrics',
      'analytics.daily_metrics',
      'analytics.user_cohorts',
    ],
    views: [
      'analytics.mv_active_users',
      'analytics.active_users',
      'analytics.mv_top_agents',
      'analytics.top_agents',
      'analytics.mv_workspace_summary',
      'analytics.workspace_summary',
    ],
  },
  {
    key: 'insights',
    tables: [
      'analytics.optimal_posting_times',
      'analytics.engagement_by_time',
      'analytics.audience_demographics',
      'analytics.audience_interests',
      'analytics.audience_growth',
      'analytics.competitor_profiles',
      'analytics.competitor_metrics',
      'analytics.benchmark_comparisons',
      'ml_data.ml_models',
      'ml_data.viral_score_predictions',
      'ml_data.prediction_accuracy',
    ],
    views: [
      'analytics.engagement_summary_by_hour',
      'analytics.engagement_summary_by_day',
      'analytics.audience_demographics_latest',
      'analytics.competitor_benchmark_summary',
    ],
  },
  {
    key: 'alerts-and-reports',
    tables: [
      'analytics.alert_rules',
      'analytics.alert_notifications',
      'custom_reports',
      'report_schedules',
      'report_executions',
    ],
  },
  { key: 'royalties', tables: ['artists', 'royalty_statements', 'royalty_lines'] },
  {
    key: 'operations',
    tables: [
      'audit_log',
      'app.sensitive_tables',
      'app.partitioned_tables',
      'app.partition_archives',
      'app.retained_rows',
      'app.maintenance_duties',
      'app.maintenance_runs',
      'analytics.refresh_log',
      'app.cache_counts',
      'app.installation',
      'app.schema_migrations',
    ],
  },
]

/** Tables of ClickHouse, each with what one row of it is; its catalogue keeps no comments. */
export const clickhouseTables: Readonly<Record<string, string>> = {
  performance_metrics: 'One metric of one post at one instant, as a source reported it: cumulative.',
  post_metrics_hourly: 'The last value of a metric of a post in one UTC hour; read with argMaxMerge.',
  post_metrics_daily: 'The last value of a metric of a post on one UTC day; read with argMaxMerge.',
  events: 'One thing that somebody did to content: a click, a view, a reaction that a webhook told.',
  events_hourly: 'Distinct events, sessions and people by UTC hour; read with uniqExactMerge.',
  events_daily: 'Distinct events, sessions and people by UTC day; read with uniqExactMerge.',
  content_embeddings: 'The meaning of one content in one model: 1536 numbers, compared by cosine.',
  user_preference_embeddings: 'What one person prefers, of one kind, in one model: 1536 numbers.',
  schema_migrations: 'Migrations that this ClickHouse has had, with the checksum of each file.',
}

/** Tells what is not in exactly one subject, in words that say what to do; nothing if all are. */
export function misplaced(
  names: readonly string[],
  placed: readonly string[],
  where = 'scripts/data-model/subjects.ts',
): string[] {
  const count = (name: string) => placed.filter((other) => other === name).length
  return [
    ...names
      .filter((name) => count(name) === 0)
      .map(
        (name) => `${name} belongs to no subject: add it to one in ${where}, then run "npm run generate".`,
      ),
    ...new Set(
      placed
        .filter((name) => count(name) > 1)
        .map((name) => `${name} belongs to two subjects: keep one in ${where}.`),
    ),
    ...placed
      .filter((name) => !names.includes(name))
      .map((name) => `${name} is not in the database: take it out of ${where}.`),
  ]
}
