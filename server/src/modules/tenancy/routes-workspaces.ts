import { z } from 'zod'
import { Empty, listOf, problems } from '../../infra/http/schemas.ts'
import type { HttpServer } from '../../infra/http/server.ts'
import type { Services } from '../services.ts'
import { changeRole, removeMember } from './change-members.ts'
import { createWorkspace } from './create-workspace.ts'
import { enterSignedIn, enterWorkspace } from './enter.ts'
import { getWorkspace, listMembers, listWorkspaces, updateWorkspace } from './queries.ts'
import {
  ChangeRoleInput,
  CreateWorkspaceInput,
  Member,
  UpdateWorkspaceInput,
  Workspace,
  WorkspaceId,
} from './schema.ts'

const InWorkspace = z.object({ workspaceId: WorkspaceId })
const OfMember = z.object({ workspaceId: WorkspaceId, userId: z.uuid() })

export function routeWorkspaces(app: HttpServer, services: Services): void {
  const tags = ['Workspaces']
  app.get(
    '/api/v1/workspaces',
    { schema: { tags, summary: 'My workspaces', response: { 200: listOf(Workspace), ...problems(401) } } },
    async (request) => {
      const { actor, doors } = await enterSignedIn(services, request)
      return { items: await doors.withActor(actor, null, (tx) => listWorkspaces(tx, actor.userId)) }
    },
  )
  app.post(
    '/api/v1/workspaces',
    {
      schema: {
        tags,
        summary: 'Make a workspace',
        body: CreateWorkspaceInput,
        response: { 201: Workspace, ...problems(401, 422) },
      },
    },
    async (request, reply) => {
      const ctx = await enterSignedIn(services, request)
      return reply.code(201).send(await createWorkspace(ctx, request.body))
    },
  )
  app.patch(
    '/api/v1/workspaces/:workspaceId',
    {
      schema: {
        tags,
        summary: 'Rename a workspace or change its time zone',
        params: InWorkspace,
        body: UpdateWorkspaceInput,
        response: { 200: Workspace, ...problems(401, 403, 404, 422) },
      },
    },
    async (request) => {
      const ctx = await enterWorkspace(services, request, 'admin')
      const { name, timeZone } = request.body
      return ctx.doors.withActor(ctx.actor, ctx.workspaceId, async (tx) => {
        await updateWorkspace(tx, ctx.workspaceId, {
          ...(name && { name }),
          ...(timeZone && { time_zone: timeZone }),
        })
        return getWorkspace(tx, ctx.workspaceId, ctx.actor.userId)
      })
    },
  )
  app.get(
    '/api/v1/workspaces/:workspaceId/members',
    {
      schema: {
        tags,
        summary: 'Members of a workspace',
        params: InWorkspace,
        response: { 200: listOf(Member), ...problems(401, 403, 404) },
      },
    },
    async (request) => {
      const ctx = await enterWorkspace(services, request, 'viewer')
      return {
        items: await ctx.doors.withActor(ctx.actor, ctx.workspaceId, (tx) =>
          listMembers(tx, ctx.workspaceId),
        ),
      }
    },
  )
  app.patch(
    '/api/v1/workspaces/:workspaceId/members/:userId',
    {
      schema: {
        tags,
        summary: "Change a member's role",
        params: OfMember,
        body: ChangeRoleInput,
        response: { 200: Member, ...problems(401, 403, 404, 409, 422) },
      },
    },
    async (request) => {
      const ctx = await enterWorkspace(services, request, 'admin')
      return changeRole(ctx, request.params.userId, request.body.role)
    },
  )
  app.delete(
    '/api/v1/workspaces/:workspaceId/members/:userId',
    {
      schema: {
        tags,
        summary: 'Remove a member, or leave',
        params: OfMember,
        response: { 204: Empty, ...problems(401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const ctx = await enterWorkspace(services, request, 'artist')
      await removeMember(ctx, request.params.userId)
      return reply.code(204).send()
    },
  )
}
