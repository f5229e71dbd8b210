import { sql } from 'kysely'
import type { Tx } from '../../infra/postgres/doors.ts'
import type { SealedTokens } from './tokens.ts'

/**
 * Takes the lease on refreshing one version of the tokens; false while somebody else holds it or was faster.
 * Measured by the database's clock, which all servers share.
 */
export async function lockTokenRefresh(
  tx: Tx,
  workspaceId: string,
  accountId: string,
  lease: { version: number; leaseMs: number },
): Promise<boolean> {
  const result = await tx
    .updateTable('social_accounts')
    .set({ token_refresh_until: sql<Date>`now() + ${lease.leaseMs} * interval '1 millisecond'` })
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', accountId)
    .where('token_version', '=', lease.version)
    .where(sql<boolean>`(token_refresh_until is null or token_refresh_until < now())`)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Gives the lease back, unless other tokens have come in the meantime: their lease is somebody else's. */
export async function releaseTokenRefresh(
  tx: Tx,
  workspaceId: string,
  accountId: string,
  version: number,
): Promise<void> {
  await tx
    .updateTable('social_accounts')
    .set({ token_refresh_until: null })
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', accountId)
    .where('token_version', '=', version)
    .execute()
}

/** Stores refreshed tokens, unless the account was connected anew in the meantime. */
export async function storeRefreshedTokens(
  tx: Tx,
  workspaceId: string,
  accountId: string,
  refreshed: { version: number; sealed: SealedTokens; expiresAt: Date; serviceUrl: string },
): Promise<void> {
  await tx
    .updateTable('social_accounts')
    .set({
      access_token_encrypted: refreshed.sealed.access,
      refresh_token_encrypted: refreshed.sealed.refresh,
      token_expires_at: refreshed.expiresAt,
      service_url: refreshed.serviceUrl,
      health: 'healthy',
      health_reason: null,
    })
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', accountId)
    .where('token_version', '=', refreshed.version)
    .where('status', '=', 'active')
    .execute()
}

/** Says at an active account that these tokens are taken no more; false where it has others or that was known. */
export async function revokeAccount(
  tx: Tx,
  workspaceId: string,
  accountId: string,
  refused: { version: number; reason: string },
): Promise<boolean> {
  const result = await tx
    .updateTable('social_accounts')
    .set({ status: 'revoked', health: 'unhealthy', health_reason: refused.reason })
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', accountId)
    .where('token_version', '=', refused.version)
    .where('status', '=', 'active')
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}
