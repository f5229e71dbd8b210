import type { Selectable, Updateable } from 'kysely'
import type { AccountProfile, AccountSession, Platform } from '../../connectors/connector.ts'
import type { Tx } from '../../infra/postgres/doors.ts'
import type { SocialAccounts } from '../../infra/postgres/schema.generated.ts'
import type { SealedTokens } from './tokens.ts'

/** What members may read of an account: everything but the tokens. */
const readable = [
  'workspace_id',
  'id',
  'platform',
  'platform_account_id',
  'username',
  'display_name',
  'avatar_url',
  'service_url',
  'status',
  'health',
  'health_reason',
  'token_expires_at',
  'followers_count',
  'following_count',
  'posts_count',
  'counts_taken_at',
  'created_at',
] as const
export type AccountRow = Pick<Selectable<SocialAccounts>, (typeof readable)[number]>

const withTokens = [
  ...readable,
  'access_token_encrypted',
  'refresh_token_encrypted',
  'token_version',
] as const
export type AccountRowWithTokens = Pick<Selectable<SocialAccounts>, (typeof withTokens)[number]>

export interface AccountKey {
  readonly workspaceId: string
  readonly platform: Platform
  readonly platformAccountId: string
}

export interface Connected {
  readonly session: AccountSession
  readonly profile: AccountProfile | undefined
  readonly sealed: SealedTokens
  readonly connectedBy: string
  readonly now: Date
}

export async function listAccounts(tx: Tx, workspaceId: string): Promise<AccountRow[]> {
  return tx
    .selectFrom('social_accounts')
    .select(readable)
    .where('workspace_id', '=', workspaceId)
    .where('status', '<>', 'disconnected')
    .orderBy('created_at')
    .limit(500)
    .execute()
}

export async function findAccount(
  tx: Tx,
  workspaceId: string,
  accountId: string,
): Promise<AccountRow | undefined> {
  return tx
    .selectFrom('social_accounts')
    .select(readable)
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', accountId)
    .executeTakeFirst()
}

export async function getAccount(tx: Tx, workspaceId: string, accountId: string): Promise<AccountRow> {
  const row = await findAccount(tx, workspaceId, accountId)
  if (!row) throw new Error(`account ${accountId} is gone`)
  return row
}

/** For jobs only: members have no right to the token columns. */
export async function findAccountWithTokens(
  tx: Tx,
  workspaceId: string,
  accountId: string,
): Promise<AccountRowWithTokens | undefined> {
  return tx
    .selectFrom('social_accounts')
    .select(withTokens)
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', accountId)
    .executeTakeFirst()
}

async function getAccountId(tx: Tx, key: AccountKey): Promise<string> {
  const row = await tx
    .selectFrom('social_accounts')
    .select('id')
    .where('workspace_id', '=', key.workspaceId)
    .where('platform', '=', key.platform)
    .where('platform_account_id', '=', key.platformAccountId)
    .executeTakeFirstOrThrow()
  return row.id
}

/** Undefined where the workspace has the account already, be it from a moment ago. */
export async function insertAccount(
  tx: Tx,
  key: AccountKey,
  connected: Connected,
): Promise<string | undefined> {
  const row = await tx
    .insertInto('social_accounts')
    .values({
      workspace_id: key.workspaceId,
      platform: key.platform,
      platform_account_id: key.platformAccountId,
      ...columnsOf(connected),
    })
    .onConflict((conflict) =>
      conflict.columns(['workspace_id', 'platform', 'platform_account_id']).doNothing(),
    )
    .returning('id')
    .executeTakeFirst()
  return row?.id
}

/** Connects anew an account that the workspace has, and forgets its troubles. Returns its id. */
export async function updateConnectedAccount(tx: Tx, key: AccountKey, connected: Connected): Promise<string> {
  const accountId = await getAccountId(tx, key)
  await updateAccount(tx, key.workspaceId, accountId, {
    ...columnsOf(connected),
    health_reason: null,
    sync_failures: 0,
    sync_after: null,
  })
  return accountId
}

function columnsOf({ session, profile, sealed, connectedBy, now }: Connected) {
  return {
    username: profile?.username ?? session.username,
    service_url: session.serviceUrl,
    status: 'active' as const,
    health: 'healthy' as const,
    access_token_encrypted: sealed.access,
    refresh_token_encrypted: sealed.refresh,
    token_expires_at: session.tokenExpiresAt,
    connected_by: connectedBy,
    ...(profile ? profileColumns(profile, now) : {}),
  }
}

/** Counts that the network did not tell stay null. */
export function profileColumns(profile: AccountProfile, now: Date) {
  return {
    username: profile.username,
    display_name: profile.displayName,
    avatar_url: profile.avatarUrl,
    followers_count: profile.followersCount,
    following_count: profile.followingCount,
    posts_count: profile.postsCount,
    counts_taken_at: now,
  }
}

export async function updateAccount(
  tx: Tx,
  workspaceId: string,
  accountId: string,
  set: Updateable<SocialAccounts>,
): Promise<void> {
  await tx
    .updateTable('social_accounts')
    .set(set)
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', accountId)
    .execute()
}

/** Across workspaces, for dispatch: active accounts whose tokens end before `before`. */
export async function listExpiringAccounts(
  tx: Tx,
  before: Date,
): Promise<{ workspaceId: string; accountId: string }[]> {
  return tx
    .selectFrom('social_accounts')
    .select(['workspace_id as workspaceId', 'id as accountId'])
    .where('status', '=', 'active')
    .where('token_expires_at', '<', before)
    .limit(1_000)
    .execute()
}

/** Notes the latest post of an account and tells its platform. */
export async function markPosted(
  tx: Tx,
  workspaceId: string,
  accountId: string,
  at: Date,
): Promise<Platform> {
  const row = await tx
    .updateTable('social_accounts')
    .set({ last_posted_at: at })
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', accountId)
    .returning('platform')
    .executeTakeFirstOrThrow()
  return row.platform
}

/** Whom to tell of an account's trouble: whoever connected it. Undefined once they have left the workspace. */
export async function findRevokedAccountOwner(
  tx: Tx,
  workspaceId: string,
  accountId: string,
): Promise<{ username: string; health_reason: string | null; name: string; email: string } | undefined> {
  return tx
    .selectFrom('social_accounts as a')
    .innerJoin('users as u', 'u.id', 'a.connected_by')
    .select(['a.username', 'a.health_reason', 'u.name', 'u.email'])
    .where('a.workspace_id', '=', workspaceId)
    .where('a.id', '=', accountId)
    .where('a.status', '=', 'revoked')
    .executeTakeFirst()
}
