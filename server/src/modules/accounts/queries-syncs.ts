import { sql } from 'kysely'
import type { AccountProfile } from '../../connectors/connector.ts'
import type { Tx } from '../../infra/postgres/doors.ts'
import { profileColumns } from './queries.ts'

/** Keeps what a sync read of an account, unless the account was connected anew or ended in the meantime. */
export async function updateSyncedAccount(
  tx: Tx,
  workspaceId: string,
  accountId: string,
  read: { version: number; profile: AccountProfile; now: Date },
): Promise<void> {
  await tx
    .updateTable('social_accounts')
    .set({
      ...profileColumns(read.profile, read.now),
      health: 'healthy',
      health_reason: null,
      last_synced_at: read.now,
    })
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', accountId)
    .where('token_version', '=', read.version)
    .where('status', '=', 'active')
    .execute()
}

/** The version of the account's tokens; undefined where there is no such account. */
export async function findTokenVersion(
  tx: Tx,
  workspaceId: string,
  accountId: string,
): Promise<number | undefined> {
  const row = await tx
    .selectFrom('social_accounts')
    .select('token_version')
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', accountId)
    .executeTakeFirst()
  return row?.token_version
}

/**
 * Puts off the next sync of an account by five minutes, doubling with each failure in a row, up to six hours;
 * unless the account was connected anew in the meantime.
 */
export async function postponeSyncs(
  tx: Tx,
  workspaceId: string,
  accountId: string,
  failed: { version: number | undefined; now: Date },
): Promise<void> {
  if (failed.version === undefined) return
  await tx
    .updateTable('social_accounts')
    .set((eb) => ({
      sync_failures: eb('sync_failures', '+', 1),
      sync_after: sql<Date>`${failed.now}::timestamptz
        + least(interval '5 minutes' * power(2, least(sync_failures, 10)), interval '6 hours')`,
    }))
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', accountId)
    .where('token_version', '=', failed.version)
    .execute()
}

export async function resumeSyncs(tx: Tx, workspaceId: string, accountId: string): Promise<void> {
  await tx
    .updateTable('social_accounts')
    .set({ sync_failures: 0, sync_after: null })
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', accountId)
    .where('sync_failures', '>', 0)
    .execute()
}
