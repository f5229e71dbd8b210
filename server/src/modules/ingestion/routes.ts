import { z } from 'zod'
import { notFound } from '../../infra/errors.ts'
import { problems } from '../../infra/http/schemas.ts'
import type { HttpServer } from '../../infra/http/server.ts'
import { enqueueJob } from '../../infra/jobs/queue.ts'
import { findAccount } from '../accounts/index.ts'
import type { Services } from '../services.ts'
import { enterWorkspace, WorkspaceId } from '../tenancy/index.ts'
import { readMetrics } from './read-metrics.ts'
import { MetricSeries, syncAccountJob } from './schema.ts'

export function routes(app: HttpServer, services: Services): void {
  const tags = ['Numbers']
  app.get(
    '/api/v1/workspaces/:workspaceId/published-posts/:publishedPostId/metrics',
    {
      schema: {
        tags,
        summary: "The course of a post's numbers",
        params: z.object({ workspaceId: WorkspaceId, publishedPostId: z.uuid() }),
        response: { 200: MetricSeries, ...problems(401, 404, 503) },
      },
    },
    async (request) =>
      readMetrics(await enterWorkspace(services, request, 'viewer'), request.params.publishedPostId),
  )
  app.post(
    '/api/v1/workspaces/:workspaceId/accounts/:accountId/sync',
    {
      schema: {
        tags,
        summary: 'Read the numbers of an account and its posts now',
        params: z.object({ workspaceId: WorkspaceId, accountId: z.uuid() }),
        response: { 202: z.object({}), ...problems(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const ctx = await enterWorkspace(services, request, 'editor')
      const { workspaceId } = ctx
      const { accountId } = request.params
      await ctx.doors.withActor(ctx.actor, workspaceId, async (tx) => {
        if (!(await findAccount(tx, workspaceId, accountId))) throw notFound()
        // A key of its own: the sync of what is due, which comes every minute, would replace it.
        const key = `sync-now:${accountId}`
        await enqueueJob(tx, syncAccountJob, { workspaceId, accountId, all: true }, { key })
      })
      return reply.code(202).send({})
    },
  )
}
