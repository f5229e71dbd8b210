import { setTimeout as delay } from 'node:timers/promises'
import type { AccountSession, Connector } from '../../connectors/connector.ts'
import { ConnectorFailure } from '../../connectors/failure.ts'
import { enqueueJob } from '../../infra/jobs/queue.ts'
import type { Services } from '../services.ts'
import { type AccountRowWithTokens, findAccountWithTokens } from './queries.ts'
import {
  lockTokenRefresh,
  releaseTokenRefresh,
  revokeAccount,
  storeRefreshedTokens,
} from './queries-tokens.ts'
import { type AccountRef, tellOwnerJob } from './schema.ts'
import { openSession, sealTokens } from './tokens.ts'

/** Tokens that live shorter than this are refreshed before they are used. */
const aheadMs = 5 * 60_000
const refreshTimeoutMs = 15_000
const leaseMs = 20_000

export interface OpenedAccount {
  readonly row: AccountRowWithTokens
  readonly session: AccountSession
  readonly connector: Connector
}

const disconnected = () => new ConnectorFailure('auth_expired', 'The account is not connected any more.')

/**
 * An account ready to be used, its tokens refreshed where they are about to end. `auth_expired` when the
 * account must be connected again: its health says so from then on, and whoever connected it sees why.
 *
 * `livesForMs`: the least time that the tokens must still live; infinite for a refresh in any case.
 */
export async function openAccount(
  services: Services,
  ref: AccountRef,
  livesForMs = aheadMs,
): Promise<OpenedAccount> {
  const deadline = Date.now() + leaseMs + refreshTimeoutMs
  let firstVersion: number | undefined
  while (true) {
    const row = await services.doors.withWorkspace(ref.workspaceId, (tx) =>
      findAccountWithTokens(tx, ref.workspaceId, ref.accountId),
    )
    const session = row && openSession(services.keyring, row)
    if (!row || !session || row.status !== 'active') throw disconnected()
    const connector = services.connectorFor(row.platform)
    const now = services.clock.now()
    firstVersion ??= row.token_version
    // Somebody has refreshed them since this call began, this call itself or another.
    const refreshed = row.token_version !== firstVersion
    if (refreshed || session.tokenExpiresAt.getTime() - now.getTime() > livesForMs)
      return { row, session, connector }

    const lease = { version: row.token_version, leaseMs }
    const mine = await services.doors.withWorkspace(ref.workspaceId, (tx) =>
      lockTokenRefresh(tx, ref.workspaceId, ref.accountId, lease),
    )
    if (mine) await refresh(services, ref, row, session, connector)
    else if (Date.now() > deadline) {
      throw new ConnectorFailure(
        'unavailable_before_send',
        'The tokens of this account are being refreshed elsewhere.',
      )
    } else await delay(100)
  }
}

/** Throws where these tokens cannot be refreshed; not where others have come while it tried. */
async function refresh(
  services: Services,
  ref: AccountRef,
  row: AccountRowWithTokens,
  session: AccountSession,
  connector: Connector,
): Promise<void> {
  const network = {
    fetch: services.fetch,
    clock: services.clock,
    signal: AbortSignal.timeout(refreshTimeoutMs),
  }
  const { workspaceId, accountId } = ref
  try {
    const fresh = await connector.auth.refresh(network, session)
    const sealed = sealTokens(services.keyring, workspaceId, row.platform, fresh)
    await services.doors.withWorkspace(workspaceId, (tx) =>
      storeRefreshedTokens(tx, workspaceId, accountId, {
        version: row.token_version,
        sealed,
        expiresAt: fresh.tokenExpiresAt,
        serviceUrl: fresh.serviceUrl,
      }),
    )
  } catch (error) {
    if (error instanceof ConnectorFailure && error.code === 'auth_expired') {
      if (!(await markRevoked(services, ref, row.token_version))) return
    } else {
      await services.doors.withWorkspace(workspaceId, (tx) =>
        releaseTokenRefresh(tx, workspaceId, accountId, row.token_version),
      )
    }
    throw error
  }
}

/**
 * The network takes these tokens no more: said at the account until somebody connects it again. False where
 * the account has other tokens by now, or has ended.
 */
async function markRevoked(services: Services, ref: AccountRef, version: number): Promise<boolean> {
  const { workspaceId, accountId } = ref
  const reason =
    'The network has ended our access, for example because the app password was deleted. Connect the account ' +
    'again; posts that wait for it then go out.'
  const revoked = await services.doors.withWorkspace(workspaceId, async (tx) => {
    const news = await revokeAccount(tx, workspaceId, accountId, { version, reason })
    if (news) await enqueueJob(tx, tellOwnerJob, ref, { key: `tell_owner:${accountId}` })
    return news
  })
  if (revoked) services.log.warn({ workspaceId, accountId }, 'an account must be connected again')
  return revoked
}
