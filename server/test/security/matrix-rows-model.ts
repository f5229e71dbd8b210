/**
 * One row of each table beyond publishing, as data: what a row says, what may change in it, and whose rows it
 * refers to. The order is that of seeding, since a row can only refer to one that exists.
 */
import type { SeededWorkspace } from './matrix-rows.ts'

export type Values = Readonly<Record<string, string>>

export interface ModelRow {
  readonly table: string
  /** SQL values of a row. `tag` makes them different from those of any other: `new`, or the name of the seeded one. */
  readonly row: (tag: string, seed: SeededWorkspace) => Values
  readonly change: string
  /** Where a job may change something else than a person. */
  readonly jobChange?: string
  /** Columns that refer to the seeded row of another subject, or to one that every workspace has. */
  readonly refers?: Readonly<Record<string, keyof Anchors | (string & {})>>
  readonly key?: readonly string[]
}

type Anchors = Pick<SeededWorkspace, 'accountId' | 'contentId' | 'publishedPostId' | 'artistPostId'>

export const q = (text: string) => `'${text}'`
const account = { social_account_id: 'accountId' } as const
const post = { published_post_id: 'publishedPostId' } as const
/** Whoever asks, or the workspace's owner where a job or nobody does. */
const asker = (seed: SeededWorkspace) => `coalesce(auth.uid(), ${q(seed.people.owner)})`
/** A number of its own for every tag, small enough for the day of a year. */
const dayOf = (tag: string) =>
  `date '2026-01-01' + ${[...tag].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 300}`
const cell = { platform: `'bluesky'`, day_of_week: '1' }

const statement = (table: string, status: string, artist = 'artists: oneself'): ModelRow => ({
  table,
  row: (tag) => ({
    period_start: dayOf(tag),
    period_end: `date '2027-01-01'`,
    // A statement begins as a draft, whoever makes it.
    ...(status && tag !== 'new' ? { status: q(status), issued_at: 'now()' } : {}),
    currency: `'EUR'`,
    gross_earnings: '10',
    royalty_rate: '20',
    amount_due: '2',
  }),
  change: `status = 'void'`,
  refers: { artist_id: artist },
})
const line = (statementSubject: string): ModelRow => ({
  table: 'royalty_lines',
  row: (tag) => ({ description: q(tag), earnings: '1', amount: '0.2', currency: `'EUR'` }),
  change: 'amount = 7',
  refers: { royalty_statement_id: statementSubject, published_post_id: 'artistPostId' },
})
const delta = (refers: Record<string, string>): ModelRow => ({
  table: 'post_deltas',
  row: (tag) => ({
    period: `'daily'`,
    from_at: dayOf(tag),
    to_at: `${dayOf(tag)} + 1`,
    views_delta: '-3',
  }),
  change: 'views_delta = 7',
  refers,
})

/** `seeded`: what is also true of the seeded one. */
const key = (seeded: Values, change: string): ModelRow => ({
  table: 'api_keys',
  row: (tag, seed) => ({
    name: q(tag),
    shown_prefix: `'hg_12345'`,
    secret_hash: `sha256('${tag}${seed.id}')`,
    scopes: `'{content:read}'`,
    created_by: asker(seed),
    ...(tag === 'new' ? {} : seeded),
  }),
  change,
})

export const modelRows: Readonly<Record<string, ModelRow>> = {
  'api_keys: valid': key({}, 'revoked_at = now()'),
  'api_keys: revoked': key({ revoked_at: 'now()' }, 'revoked_at = null'),
  audit_log: {
    table: 'audit_log',
    row: (tag) => ({ table_name: q(tag), row_id: `'1'`, operation: `'insert'`, acted_as: `'x'` }),
    change: `acted_as = 'changed'`,
    key: ['workspace_id', 'id', 'occurred_at'],
  },
  social_account_settings: {
    table: 'social_account_settings',
    row: (tag) => ({ name: q(tag), value: `'true'`, type: `'boolean'` }),
    change: `value = 'false'`,
    refers: account,
  },
  campaigns: { table: 'campaigns', row: (tag) => ({ name: q(tag) }), change: `status = 'paused'` },
  'artists: oneself': {
    table: 'artists',
    row: (tag) => ({ name: q(tag), notes: q(tag) }),
    change: `email = 'a@example.com'`,
  },
  'artists: another': {
    table: 'artists',
    row: (tag) => ({ name: q(tag), notes: q(tag) }),
    change: `email = 'a@example.com'`,
  },
  csv_imports: {
    table: 'csv_imports',
    row: (tag) => ({ file_name: q(tag), storage_path: q(tag) }),
    change: 'rows_total = 7',
    refers: account,
  },
  'post_deltas: of the artist': delta({ artist_id: 'artists: oneself', published_post_id: 'artistPostId' }),
  'post_deltas: of others': delta({ artist_id: 'artists: another', ...post }),
  webhook_events: {
    table: 'webhook_events',
    row: (tag) => ({ platform: `'bluesky'`, event_type: q(tag), event_data: `'{}'` }),
    change: 'retry_count = 7',
    refers: account,
    key: ['workspace_id', 'id', 'received_at'],
  },
  'royalty_statements: issued': statement('royalty_statements', 'issued'),
  'royalty_statements: drafts': statement('royalty_statements', ''),
  'royalty_statements: of another artist': statement('royalty_statements', 'issued', 'artists: another'),
  'royalty_lines: of an issued statement': line('royalty_statements: issued'),
  'royalty_lines: of a draft': line('royalty_statements: drafts'),
  // About the artist's own post, yet in the statement of somebody else.
  'royalty_lines: of another artist': line('royalty_statements: of another artist'),
  agents: { table: 'agents', row: (tag) => ({ name: q(tag) }), change: `description = 'changed'` },
  agent_runs: {
    table: 'agent_runs',
    row: (tag) => ({ input: q(JSON.stringify(tag)) }),
    change: `status = 'cancelled'`,
    refers: { agent_id: 'agents', content_id: 'contentId' },
  },
  agent_feedback: {
    table: 'agent_feedback',
    row: (tag, seed) => ({ user_id: tag === 'new' ? asker(seed) : q(seed.bystander), rating: '4' }),
    change: 'rating = 1',
    refers: { agent_run_id: 'agent_runs' },
  },
  'analytics.user_activity': {
    table: 'analytics.user_activity',
    row: (tag, seed) => ({ user_id: asker(seed), event_type: `'page_view'`, event_name: q(tag) }),
    change: `event_name = 'changed'`,
    key: ['workspace_id', 'id', 'created_at'],
  },
  'analytics.hourly_metrics': {
    table: 'analytics.hourly_metrics',
    row: (tag) => ({ metric_hour: dayOf(tag) }),
    change: 'total_runs = 7',
  },
  'analytics.daily_metrics': {
    table: 'analytics.daily_metrics',
    row: (tag) => ({ metric_date: dayOf(tag) }),
    change: 'total_runs = 7',
  },
  'analytics.agent_performance': {
    table: 'analytics.agent_performance',
    row: (tag) => ({ metric_date: dayOf(tag) }),
    change: 'total_runs = 7',
    refers: { agent_id: 'agents' },
  },
  'analytics.user_cohorts': {
    table: 'analytics.user_cohorts',
    row: (tag) => ({
      cohort_period: `'weekly'`,
      cohort_date: dayOf(tag),
      initial_users: '1',
      retention_data: `'{}'`,
    }),
    change: 'initial_users = 7',
  },
  'analytics.optimal_posting_times': {
    table: 'analytics.optimal_posting_times',
    row: (tag) => ({ ...cell, hour_of_day: tag === 'new' ? '2' : '1', optimization_score: '50' }),
    change: 'sample_size = 7',
    refers: account,
  },
  'analytics.engagement_by_time': {
    table: 'analytics.engagement_by_time',
    row: (tag) => ({ ...cell, hour_of_day: '1', measured_at: dayOf(tag) }),
    change: 'engagements = 7',
    refers: { ...account, ...post },
  },
  'analytics.audience_demographics': {
    table: 'analytics.audience_demographics',
    row: (tag) => ({ platform: `'bluesky'`, captured_at: dayOf(tag) }),
    change: 'total_followers = 7',
    refers: account,
  },
  'analytics.audience_interests': {
    table: 'analytics.audience_interests',
    row: (tag) => ({ captured_at: dayOf(tag), interest_category: q(tag) }),
    change: 'affinity_score = 7',
    refers: account,
  },
  'analytics.audience_growth': {
    table: 'analytics.audience_growth',
    row: (tag) => ({ recorded_date: dayOf(tag) }),
    change: 'follower_count = 7',
    refers: account,
  },
  'analytics.competitor_profiles': {
    table: 'analytics.competitor_profiles',
    row: (tag) => ({ name: q(tag), platform: `'bluesky'`, handle: q(tag) }),
    change: `name = 'changed'`,
    jobChange: 'last_fetched_at = now()',
  },
  'analytics.competitor_metrics': {
    table: 'analytics.competitor_metrics',
    row: (tag) => ({ recorded_date: dayOf(tag) }),
    change: 'followers = 7',
    refers: { competitor_profile_id: 'analytics.competitor_profiles' },
  },
  'analytics.benchmark_comparisons': {
    table: 'analytics.benchmark_comparisons',
    row: (tag) => ({ platform: `'bluesky'`, period_start: dayOf(tag), period_end: `date '2027-01-01'` }),
    change: 'competitors_compared = 7',
    refers: account,
  },
  'ml_data.ml_models': {
    table: 'ml_data.ml_models',
    row: (tag) => ({ name: q(tag), model_type: `'recommendation'`, version: `'1'` }),
    change: 'is_active = true',
  },
  'ml_data.viral_score_predictions': {
    table: 'ml_data.viral_score_predictions',
    row: () => ({}),
    change: `status = 'failed'`,
    refers: { content_id: 'contentId', ml_model_id: 'ml_data.ml_models', ...account, ...post },
  },
  'ml_data.prediction_accuracy': {
    table: 'ml_data.prediction_accuracy',
    row: (tag) => ({
      predicted_score: '50',
      actual_score: '60',
      accuracy_percentage: '90',
      measured_at: dayOf(tag),
    }),
    change: 'actual_score = 7',
    refers: { viral_score_prediction_id: 'ml_data.viral_score_predictions' },
  },
  'analytics.alert_rules': {
    table: 'analytics.alert_rules',
    row: (tag) => ({ name: q(tag), metric: `'likes'`, condition: `'less_than'`, threshold_value: '1' }),
    change: `name = 'changed'`,
    jobChange: 'trigger_count = 7',
    refers: account,
  },
  'analytics.alert_notifications': {
    table: 'analytics.alert_notifications',
    row: (tag) => ({ severity: `'info'`, alert_message: q(tag) }),
    change: `status = 'muted'`,
    refers: { alert_rule_id: 'analytics.alert_rules' },
  },
  custom_reports: {
    table: 'custom_reports',
    row: (tag) => ({ name: q(tag), report_type: `'overview'` }),
    change: `name = 'changed'`,
  },
  report_schedules: {
    table: 'report_schedules',
    row: () => ({ cron_expression: `'0 8 * * 1'`, time_zone: `'UTC'`, delivery_method: `'email'` }),
    change: 'next_run_at = now()',
    refers: { custom_report_id: 'custom_reports' },
  },
  report_executions: {
    table: 'report_executions',
    row: () => ({ format: `'pdf'` }),
    change: `status = 'failed'`,
    refers: { custom_report_id: 'custom_reports' },
  },
}
