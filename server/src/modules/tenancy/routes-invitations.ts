import { z } from 'zod'
import { Empty, listOf, problems } from '../../infra/http/schemas.ts'
import type { HttpServer } from '../../infra/http/server.ts'
import type { Services } from '../services.ts'
import { enterSignedIn, enterWorkspace } from './enter.ts'
import { accept, invite, withdrawInvitation } from './invite.ts'
import { listInvitations } from './queries.ts'
import {
  AcceptInvitationInput,
  CreatedInvitation,
  Invitation,
  InviteInput,
  Workspace,
  WorkspaceId,
} from './schema.ts'

const InWorkspace = z.object({ workspaceId: WorkspaceId })
const OfInvitation = z.object({ workspaceId: WorkspaceId, invitationId: z.uuid() })

export function routeInvitations(app: HttpServer, services: Services): void {
  const tags = ['Invitations']
  app.get(
    '/api/v1/workspaces/:workspaceId/invitations',
    {
      schema: {
        tags,
        summary: 'Open invitations',
        params: InWorkspace,
        response: { 200: listOf(Invitation), ...problems(401, 403, 404) },
      },
    },
    async (request) => {
      const ctx = await enterWorkspace(services, request, 'admin')
      return {
        items: await ctx.doors.withActor(ctx.actor, ctx.workspaceId, (tx) =>
          listInvitations(tx, ctx.workspaceId),
        ),
      }
    },
  )
  app.post(
    '/api/v1/workspaces/:workspaceId/invitations',
    {
      schema: {
        tags,
        summary: 'Invite somebody by mail',
        params: InWorkspace,
        body: InviteInput,
        response: { 201: CreatedInvitation, ...problems(401, 403, 404, 409, 422) },
      },
    },
    async (request, reply) => {
      const ctx = await enterWorkspace(services, request, 'admin')
      return reply.code(201).send(await invite(ctx, request.body))
    },
  )
  app.delete(
    '/api/v1/workspaces/:workspaceId/invitations/:invitationId',
    {
      schema: {
        tags,
        summary: 'Withdraw an invitation',
        params: OfInvitation,
        response: { 204: Empty, ...problems(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const ctx = await enterWorkspace(services, request, 'admin')
      await withdrawInvitation(ctx, request.params.invitationId)
      return reply.code(204).send()
    },
  )
  app.post(
    '/api/v1/invitations/accept',
    {
      schema: {
        tags,
        summary: 'Join a workspace',
        body: AcceptInvitationInput,
        response: { 200: Workspace, ...problems(401, 403, 404, 422) },
      },
    },
    async (request) => accept(await enterSignedIn(services, request), request.body.token),
  )
}
