/** Homes that are false, one or more for each kind, and what must be said of each. */
import { createClient } from '@clickhouse/client'
import type { World } from '../world.ts'
import type { CoverageLine } from './coverage-lines.ts'

/** What no migration of ours makes: tables of vectors and triggers as they must not be. */
export async function createMisfits(world: World): Promise<void> {
  await world.query(`
    create trigger touch_late after update on analytics.daily_metrics
      for each row execute function app.touch_updated_at();
    create trigger other_touch before update on analytics.daily_metrics
      for each row execute function app.stamp_failure();
    create trigger silent_touch before update on analytics.daily_metrics
      for each row execute function app.touch_updated_at();
    alter table analytics.daily_metrics disable trigger silent_touch`)
  const client = createClient({ url: world.clickhouseUrl })
  const vectors = (name: string, constraint: string) =>
    client.command({
      query: `create table ${name} (id UInt8, embedding Array(Float32)${constraint}) engine = MergeTree order by id`,
    })
  try {
    await vectors('loose_embeddings', '')
    await vectors('short_embeddings', ', constraint short check length(embedding) = 3')
    await vectors('idle_embeddings', ', constraint long check length(embedding) = 1536')
  } finally {
    await client.close()
  }
}

const touchOfDailyMetrics: Partial<CoverageLine> = {
  system: 'agentanalytics',
  kind: 'trigger',
  name: 'update_daily_metrics_updated_at',
}

export const falseHomes: readonly [home: string, says: string, line?: Partial<CoverageLine>][] = [
  ['table public.nowhere', 'not there'],
  ['table public.content_performance', 'not there'],
  ['view public.content', 'not there'],
  ['mview analytics.active_users', 'not there'],
  ['schema nowhere', 'not there'],
  ['extension postgis', 'not there'],
  ['column public.content.nothing', 'not there'],
  ['column public.content.text', 'is text, the source says BIGINT', { detail: 'BIGINT | Views' }],
  ['column public.media.duration_seconds', 'is int4, the source says BIGINT', { detail: 'BIGINT | Views' }],
  ['column public.content.metadata', 'is jsonb, the source says UUID', { detail: 'UUID NOT NULL' }],
  ['columns public.content.nothing_*', 'not there'],
  ['enum public.platform=twitter', 'not there'],
  ['index public.nowhere(id)', 'not there'],
  ['index public.content_by_status(slug)', 'leads with (status, created_at), not with (slug)'],
  // Third behind the workspace and the state.
  ['index public.content_by_status(created_at)', 'leads with (status, created_at), not with (created_at)'],
  ['index public.publications_by_status(scheduled_for)', 'not with (scheduled_for)'],
  ['index analytics.user_activity_by_member(created_at, user_id)', 'not with (created_at, user_id)'],
  ['index public.users_created(workspace_id, created_at)', 'does not begin with workspace_id'],
  ['index public.campaigns_created_by(workspace_id)', 'does not begin with workspace_id'],
  [
    'index public.content_by_author(created_by)',
    'is to lead with (created_by, content_type, created_at)',
    { system: 'smartcontent', detail: 'content(user_id, content_type, created_at)' },
  ],
  [
    'index public.content_by_author(created_by, content_type)',
    'is to lead with (content_type, created_by)',
    { system: 'smartcontent', detail: 'content(content_type, user_id)' },
  ],
  [
    'index public.content_by_status(status)',
    'is to lead with (created_by, status)',
    { system: 'smmp', kind: 'index', name: 'Post: idx_posts_user_status' },
  ],
  ['index public.content_by_status(status)', 'the source names no columns', { kind: 'index' }],
  [
    'index public.social_accounts_by_status(status)',
    '(platform) is not in public.social_accounts, and no note',
    { system: 'smmp', kind: 'index', name: 'Analytics: idx_analytics_platform' },
  ],
  [
    'index public.published_posts_by_platform(platform, published_at)',
    'is to have (platform, post_type) and at most 1 more',
    { system: 'cg', detail: 'Post(platform, pageName, postType)', note: 'by way of the account' },
  ],
  [
    'index public.content_by_time(timeline_at)',
    'the source asks for (created_at), the note says (updated_at)',
    { detail: 'content(created_at)', note: 'instead of (updated_at): lists are in this order' },
  ],
  [
    'index public.content_by_status(status)',
    'is btree, not gin',
    { name: 'x', detail: 'public.content USING gin(status)' },
  ],
  ['index public.content_by_status(status)', 'is not unique', { name: 'x UNIQUE' }],
  ['index public.content_by_status(status)', 'is not partial', { name: 'partial for filtered queries' }],
  [
    'index public.content_published(published_at)',
    'is not limited to status = draft',
    { system: 'smartcontent', detail: `content(published_at) WHERE status = 'draft'` },
  ],
  [
    'index public.content_published(published_at)',
    `has only rows where (status = 'published'::content_status), and no note`,
    { system: 'smartcontent', kind: 'index', detail: 'content(published_at)' },
  ],
  [
    'index public.post_snapshots_time(captured_at)',
    'is brin, the source asks for a B-tree, and no note',
    { system: 'cg', kind: 'index', name: 'Snapshot: snapshotDate' },
  ],
  ['key public.content(text)', 'not there'],
  ['key public.post_snapshots(published_post_id, captured_at)', 'not there'],
  ['key ml_data.ml_models(name, version)', 'not there'],
  [
    'key public.post_snapshots(workspace_id, published_post_id, captured_at, source)',
    `the source's key is (postId, snapshotDate), and no note`,
    {
      system: 'cg',
      kind: 'constraint',
      name: 'Snapshot',
      detail: 'Unique index on [postId, snapshotDate]',
    },
  ],
  ['order nothing(metric_name)', 'not there'],
  ['order post_metrics_daily(day)', 'is ordered by (workspace_id, metric_name, published_post_id, day)'],
  ['reference public.content.text -> public.users', 'not there'],
  ['function app.nothing', 'not there'],
  [
    'function analytics.cleanup_old_data',
    'does not take target_date date, target_workspace_id uuid',
    { system: 'agentanalytics', kind: 'function', name: 'analytics.aggregate_daily_metrics' },
  ],
  ['trigger public.content.nothing -> app.touch_updated_at', 'not there'],
  ['trigger public.content.touch -> app.audit_change', 'calls app.touch_updated_at, not app.audit_change'],
  [
    'trigger public.content.touch -> app.touch_updated_at',
    `is on public.content, the source's table is analytics.daily_metrics`,
    touchOfDailyMetrics,
  ],
  ['trigger analytics.daily_metrics.silent_touch -> app.touch_updated_at', 'not there'],
  [
    'trigger analytics.daily_metrics.touch_late -> app.touch_updated_at',
    'fires AFTER UPDATE, the source says BEFORE UPDATE',
    touchOfDailyMetrics,
  ],
  [
    'trigger analytics.daily_metrics.other_touch -> app.stamp_failure',
    `calls app.stamp_failure, the source's function is app.touch_updated_at`,
    touchOfDailyMetrics,
  ],
  ['policy public.content.nothing for select', 'not there'],
  ['policy public.content.member_select for delete', 'is for select, not for delete'],
  ['policy public.content.member_* for select', 'is for delete, insert, select, update, not for select'],
  // A restrictive policy opens nothing.
  ['policy public.content.key_select for select', 'not there'],
  [
    'policy public.content.member_select for select',
    'is for select, the source says for all, and no note',
    { system: 'smartcontent', kind: 'policy', name: 'user_data_policy', detail: 'content' },
  ],
  [
    'policy public.media.member_* for select, insert, update, delete',
    'is not on public.content',
    { system: 'smartcontent', kind: 'policy', name: 'user_data_policy', detail: 'content' },
  ],
  ['statistics public.content.text=1000', 'is undefined, not 1000'],
  ['option public.publications.fillfactor=50', 'not there'],
  ['partitioned public.content', 'not there'],
  ['retention public.post_snapshots=2 days', 'is 1 year, not 2 days'],
  ['retention analytics.user_activity=30 days', 'is 90 days, not 30 days'],
  ['retention analytics.hourly_metrics=90 days', 'is 30 days, not 90 days'],
  ['retention analytics.daily_metrics=2 years', 'is undefined, not 2 years'],
  ['grant authenticated create schema analytics', 'not there'],
  ['check nothing', 'not there'],
  ['index-count 100000', 'there are'],
  ['clickhouse events.nothing', 'not there'],
  ['clickhouse events.event_id', `is UUID, the source says DateTime64(3)`, { detail: 'DateTime64(3)' }],
  ['vectors nothing', 'not there', { detail: 'dimension 1536, cosine' }],
  ['vectors events', 'not there'],
  ['vectors content_embeddings', 'has 1536 dimensions, the source says 3', { detail: 'dimension 3, cosine' }],
  [
    'vectors content_embeddings',
    'is searched by cosine, the source',
    { detail: 'dimension 1536, euclidean' },
  ],
  ['vectors loose_embeddings', 'has undefined dimensions', { detail: 'dimension 1536, cosine' }],
  ['vectors short_embeddings', 'has 3 dimensions', { detail: 'dimension 1536, cosine' }],
  ['vectors idle_embeddings', 'is searched by undefined', { detail: 'dimension 1536, cosine' }],
  ['cache key nothing', 'not there'],
  ['cache key content:cache:{content_id}', 'the source says TTL 2 hours', { detail: 'TTL 2 hours' }],
  ['channel nothing', 'not there'],
  ['job nothing daily', 'not there'],
  ['job ensure_partitions hourly', 'is daily, not hourly'],
  ['job ensure_partitions daily', 'is daily, the source says hourly', { name: 'hourly: check something' }],
  [
    'job archive_engagement_by_time monthly',
    'is monthly, the source says weekly',
    { name: 'weekly: archive old engagement_by_time' },
  ],
  ['test server/test/coverage/coverage.test.ts::no such title', 'not there'],
  ['test server/src/infra/migrations.test.ts::*', 'not there'],
  // The words stand in the file, but no test is called so.
  ['test server/test/coverage/false-homes.ts::loose_embeddings', 'not there'],
  ['table public.content + table public.nowhere', 'public.nowhere is not there'],
  ['missing', 'says no reason'],
  ['none', 'says no reason'],
  ['somewhere', 'no such kind'],
]
