import { notFound } from '../../infra/errors.ts'
import type { WorkspaceContext } from '../services.ts'
import { findAccount, updateAccount } from './queries.ts'

/** Forgets the tokens. What was published and measured stays; what was planned waits for a new connection. */
export async function disconnectAccount(ctx: WorkspaceContext, accountId: string): Promise<void> {
  await ctx.doors.withActor(ctx.actor, ctx.workspaceId, async (tx) => {
    if (!(await findAccount(tx, ctx.workspaceId, accountId))) throw notFound()
    await updateAccount(tx, ctx.workspaceId, accountId, {
      status: 'disconnected',
      health: 'unknown',
      health_reason: null,
      access_token_encrypted: null,
      refresh_token_encrypted: null,
      token_expires_at: null,
    })
  })
}
