/** Which rows of the matrix show through each view, as data. A view that is not named here fails the matrix. */
import type { SeededWorkspace } from './matrix-rows.ts'
import type { Subject } from './policy-table.ts'

export interface ViewRows {
  readonly view: string
  /** Whoever may read all of these sees the rows. */
  readonly like: readonly Subject[]
  /** Which rows of a workspace are meant; all where not said. */
  readonly where?: (seed: SeededWorkspace) => string
  /** Whether it is handed out by the role that computes it, which then sees nothing through it itself. */
  readonly handedOut?: true
}

export const viewRows: readonly ViewRows[] = [
  {
    view: 'public.content_performance',
    like: ['post_snapshots: of the artist', 'published_posts: of the artist'],
    where: ({ artistPostId }) => `published_post_id = '${artistPostId}'`,
  },
  {
    view: 'public.content_performance',
    like: ['post_snapshots: of others', 'published_posts: of others'],
    where: ({ publishedPostId }) => `published_post_id = '${publishedPostId}'`,
  },
  { view: 'analytics.engagement_summary_by_hour', like: ['analytics.engagement_by_time'] },
  { view: 'analytics.engagement_summary_by_day', like: ['analytics.engagement_by_time'] },
  { view: 'analytics.audience_demographics_latest', like: ['analytics.audience_demographics'] },
  { view: 'analytics.competitor_benchmark_summary', like: ['analytics.competitor_metrics'] },
  { view: 'analytics.active_users', like: ['analytics.daily_metrics'], handedOut: true },
  { view: 'analytics.top_agents', like: ['agents', 'agent_runs'], handedOut: true },
  {
    view: 'analytics.workspace_summary',
    like: ['agents', 'agent_runs', 'workspace_members: anybody else'],
    handedOut: true,
  },
  { view: 'analytics.daily_performance', like: ['post_deltas: of others'], handedOut: true },
  { view: 'analytics.weekly_performance', like: ['post_deltas: of others'], handedOut: true },
  { view: 'analytics.platform_performance', like: ['post_snapshots: of others'], handedOut: true },
]

/** Hold the rows of all workspaces: read by the role that computes them, and by nobody else. */
export const materializedViews = [
  'analytics.analytics_aggregated_daily',
  'analytics.analytics_aggregated_weekly',
  'analytics.mv_active_users',
  'analytics.mv_top_agents',
  'analytics.mv_workspace_summary',
  'analytics.platform_performance_summary',
]
