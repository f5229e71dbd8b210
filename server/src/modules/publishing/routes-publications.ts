import { z } from 'zod'
import { notFound } from '../../infra/errors.ts'
import { listOf, problems } from '../../infra/http/schemas.ts'
import type { HttpServer } from '../../infra/http/server.ts'
import type { Services } from '../services.ts'
import { enterWorkspace, WorkspaceId } from '../tenancy/index.ts'
import { findPublication, listAttempts } from './queries-publications.ts'
import { retryPublication } from './schedule-content.ts'
import { Attempt, Publication } from './schema.ts'

const params = z.object({ workspaceId: WorkspaceId, publicationId: z.uuid() })

export function routePublications(app: HttpServer, services: Services): void {
  const tags = ['Publications']
  app.get(
    '/api/v1/workspaces/:workspaceId/publications/:publicationId/attempts',
    {
      schema: {
        tags,
        summary: 'Every attempt to publish',
        params,
        response: { 200: listOf(Attempt), ...problems(401, 404) },
      },
    },
    async (request) => {
      const ctx = await enterWorkspace(services, request, 'viewer')
      const { publicationId } = request.params
      const items = await ctx.doors.withActor(ctx.actor, ctx.workspaceId, async (tx) => {
        if (!(await findPublication(tx, ctx.workspaceId, publicationId))) throw notFound()
        return listAttempts(tx, ctx.workspaceId, publicationId)
      })
      return { items }
    },
  )
  app.post(
    '/api/v1/workspaces/:workspaceId/publications/:publicationId/retry',
    {
      schema: {
        tags,
        summary: 'Try a failed publication again',
        params,
        response: { 202: Publication, ...problems(401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const ctx = await enterWorkspace(services, request, 'editor')
      return reply.code(202).send(await retryPublication(ctx, request.params.publicationId))
    },
  )
}
