import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { forbidden, notFound, unauthenticated } from '../../infra/errors.ts'
import type { ActorContext, Services, WorkspaceContext } from '../services.ts'
import { isAtLeast, tooWeak } from './policy.ts'
import { findRole } from './queries.ts'
import type { Role } from './schema.ts'

/** Names the person behind a request, or refuses. */
export async function enterSignedIn(services: Services, request: FastifyRequest): Promise<ActorContext> {
  const me = await services.identity.whoIs(request.headers)
  if (!me) throw unauthenticated()
  return { ...services, actor: { userId: me.id } }
}

const Params = z.object({ workspaceId: z.uuid() })

/**
 * The way into a workspace for every route: 401 without a session, 404 for somebody who is no member (a
 * workspace does not tell strangers that it exists), 403 for a member whose role is too weak.
 */
export async function enterWorkspace(
  services: Services,
  request: FastifyRequest,
  least: Role,
): Promise<WorkspaceContext> {
  const ctx = await enterSignedIn(services, request)
  const params = Params.safeParse(request.params)
  if (!params.success) throw notFound()
  const { workspaceId } = params.data
  const role = await services.doors.withActor(ctx.actor, workspaceId, (tx) => findRole(tx, workspaceId))
  if (!role) throw notFound()
  if (!isAtLeast(role, least)) throw forbidden(tooWeak(role, least))
  return { ...ctx, workspaceId, role }
}
