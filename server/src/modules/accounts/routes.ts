import { z } from 'zod'
import { Empty, listOf, problems } from '../../infra/http/schemas.ts'
import type { HttpServer } from '../../infra/http/server.ts'
import type { Services } from '../services.ts'
import { enterWorkspace, WorkspaceId } from '../tenancy/index.ts'
import { connectAccount } from './connect-account.ts'
import { describeAccount } from './describe-account.ts'
import { disconnectAccount } from './disconnect-account.ts'
import { listAccounts } from './queries.ts'
import { ConnectAccountInput, SocialAccount } from './schema.ts'

const InWorkspace = z.object({ workspaceId: WorkspaceId })
const OfAccount = z.object({ workspaceId: WorkspaceId, accountId: z.uuid() })

export function routes(app: HttpServer, services: Services): void {
  const tags = ['Accounts']
  app.get(
    '/api/v1/workspaces/:workspaceId/accounts',
    {
      schema: {
        tags,
        summary: 'Connected accounts',
        params: InWorkspace,
        response: { 200: listOf(SocialAccount), ...problems(401, 404) },
      },
    },
    async (request) => {
      const ctx = await enterWorkspace(services, request, 'viewer')
      const rows = await ctx.doors.withActor(ctx.actor, ctx.workspaceId, (tx) =>
        listAccounts(tx, ctx.workspaceId),
      )
      return { items: rows.map((row) => describeAccount(ctx, row)) }
    },
  )
  app.post(
    '/api/v1/workspaces/:workspaceId/accounts',
    {
      schema: {
        tags,
        summary: 'Connect an account, or connect it again',
        params: InWorkspace,
        body: ConnectAccountInput,
        response: { 200: SocialAccount, 201: SocialAccount, ...problems(401, 403, 404, 422) },
      },
    },
    async (request, reply) => {
      const ctx = await enterWorkspace(services, request, 'manager')
      const { account, reconnected } = await connectAccount(ctx, request.body)
      return reply.code(reconnected ? 200 : 201).send(account)
    },
  )
  app.delete(
    '/api/v1/workspaces/:workspaceId/accounts/:accountId',
    {
      schema: {
        tags,
        summary: 'Disconnect an account; its history stays',
        params: OfAccount,
        response: { 204: Empty, ...problems(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const ctx = await enterWorkspace(services, request, 'manager')
      await disconnectAccount(ctx, request.params.accountId)
      return reply.code(204).send()
    },
  )
}
