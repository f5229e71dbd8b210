import type { AccountSession, Platform } from '../../connectors/connector.ts'
import type { Keyring } from '../../infra/crypto/keyring.ts'
import type { AccountRowWithTokens } from './queries.ts'

export interface SealedTokens {
  readonly access: string
  readonly refresh: string
}

/** The place where a token belongs; an envelope that was copied to another account does not open. */
const placeOf = (workspaceId: string, platform: Platform, platformAccountId: string, kind: string) =>
  `social_accounts/${workspaceId}/${platform}/${platformAccountId}/${kind}`

/** Seals a session's tokens. An empty token never replaces a stored one. */
export function sealTokens(
  keyring: Keyring,
  workspaceId: string,
  platform: Platform,
  session: AccountSession,
): SealedTokens {
  if (!session.accessToken || !session.refreshToken) throw new Error('a network answered with an empty token')
  const seal = (token: string, kind: string) =>
    keyring.seal(token, placeOf(workspaceId, platform, session.platformAccountId, kind))
  return { access: seal(session.accessToken, 'access'), refresh: seal(session.refreshToken, 'refresh') }
}

/** Undefined where the account holds no tokens, because it was disconnected. */
export function openSession(keyring: Keyring, row: AccountRowWithTokens): AccountSession | undefined {
  const {
    access_token_encrypted: access,
    refresh_token_encrypted: refresh,
    token_expires_at: expiresAt,
  } = row
  if (!access || !refresh || !expiresAt) return undefined
  const open = (envelope: string, kind: string) =>
    keyring.open(envelope, placeOf(row.workspace_id, row.platform, row.platform_account_id, kind))
  return {
    platformAccountId: row.platform_account_id,
    username: row.username,
    serviceUrl: row.service_url,
    accessToken: open(access, 'access'),
    refreshToken: open(refresh, 'refresh'),
    tokenExpiresAt: expiresAt,
  }
}
