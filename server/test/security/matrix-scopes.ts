/** What the scopes of an API key open, as data: the part of the policy table that speaks of keys. */
import type { Command } from './policy-table.ts'

export const scopes = [
  'content:read',
  'content:write',
  'publications:write',
  'accounts:read',
  'accounts:write',
  'analytics:read',
  'reports:read',
  'reports:write',
  'events:write',
  'royalties:read',
] as const
export type Scope = (typeof scopes)[number]
type Scopes = Readonly<Record<Command, readonly Scope[]>>

const opens = (select: readonly Scope[], change: readonly Scope[] = []): Scopes => ({
  select,
  insert: change,
  update: change,
  delete: change,
})
const closed = opens([])
const content = ['content:read', 'content:write', 'publications:write'] as const
const accounts = ['accounts:read', 'accounts:write'] as const
const reports = ['reports:read', 'reports:write'] as const
const measured = opens(['analytics:read'])
const royalties = opens(['royalties:read'])

/** By table or kind of row: the scopes of which an API key needs one, beside the role. What is not named is closed to keys. */
const keyScopes: Readonly<Record<string, Scopes>> = {
  workspaces: opens(scopes),
  'workspace_members: oneself': opens(scopes),
  social_accounts: opens([...accounts, ...content, 'analytics:read'], ['accounts:write']),
  social_account_settings: opens(accounts, ['accounts:write']),
  sync_logs: opens(accounts),
  webhook_events: opens(accounts),
  campaigns: opens(content, ['content:write']),
  media: opens(content, ['content:write']),
  content: { ...opens(content, ['content:write']), update: ['content:write', 'publications:write'] },
  content_media: opens(content, ['content:write']),
  publications: opens(content, ['content:write', 'publications:write']),
  publication_attempts: opens(content),
  published_posts: opens([...content, 'analytics:read'], ['content:write']),
  artists: royalties,
  royalty_statements: royalties,
  royalty_lines: royalties,
  post_snapshots: measured,
  post_deltas: measured,
  csv_imports: opens(['analytics:read', 'events:write'], ['events:write']),
  'analytics.user_activity': opens([], ['events:write']),
  'analytics.hourly_metrics': measured,
  'analytics.daily_metrics': measured,
  'analytics.agent_performance': measured,
  'analytics.user_cohorts': measured,
  'analytics.optimal_posting_times': measured,
  'analytics.engagement_by_time': measured,
  'analytics.audience_demographics': measured,
  'analytics.audience_interests': measured,
  'analytics.audience_growth': measured,
  'analytics.competitor_profiles': measured,
  'analytics.competitor_metrics': measured,
  'analytics.benchmark_comparisons': measured,
  'ml_data.ml_models': measured,
  'ml_data.viral_score_predictions': measured,
  'ml_data.prediction_accuracy': measured,
  'analytics.alert_rules': measured,
  'analytics.alert_notifications': measured,
  custom_reports: opens(reports, ['reports:write']),
  report_schedules: opens(reports, ['reports:write']),
  report_executions: opens(reports, ['reports:write']),
}

/** The table whose rows a line of the policy table speaks of. */
export const tableOf = (subject: string): string => subject.split(':')[0] ?? subject
export const scopesOf = (subject: string): Scopes =>
  keyScopes[subject] ?? keyScopes[tableOf(subject)] ?? closed
