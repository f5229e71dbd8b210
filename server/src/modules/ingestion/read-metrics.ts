import { postMetricNames } from '../../connectors/connector.ts'
import { notFound } from '../../infra/errors.ts'
import type { WorkspaceContext } from '../services.ts'
import { findPublishedPost } from './queries.ts'
import type { MetricSeries } from './schema.ts'

/** The course of a post's numbers, one series for each counter that its network tells. */
export async function readMetrics(ctx: WorkspaceContext, publishedPostId: string): Promise<MetricSeries> {
  const post = await ctx.doors.withActor(ctx.actor, ctx.workspaceId, (tx) =>
    findPublishedPost(tx, ctx.workspaceId, publishedPostId),
  )
  if (!post) throw notFound()
  const { metricLabels } = ctx.connectorFor(post.platform)
  const metrics = postMetricNames.filter((name) => metricLabels[name])
  const points = await ctx.analytics.run(ctx.workspaceId, { metrics, publishedPostId, grain: 'snapshot' })
  return {
    publishedPostId,
    series: metrics.map((metric) => ({
      metric,
      label: metricLabels[metric] ?? metric,
      points: points
        .filter((point) => point.metric === metric)
        .map(({ at, value }) => ({ capturedAt: at.toISOString(), value })),
    })),
  }
}
