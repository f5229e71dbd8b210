import type { AccountProfile, AccountSession, ConnectorContext } from '../../connectors/connector.ts'
import { ConnectorFailure } from '../../connectors/failure.ts'
import { enqueueJob } from '../../infra/jobs/queue.ts'
import type { WorkspaceContext } from '../services.ts'
import { isGeneratedWorkspace } from '../tenancy/index.ts'
import { describeAccount } from './describe-account.ts'
import { accountRejected, accountUnreachable, workspaceGenerated } from './errors.ts'
import { getAccount, insertAccount, updateConnectedAccount } from './queries.ts'
import { accountConnected, type ConnectAccountInput, type SocialAccount } from './schema.ts'
import { sealTokens } from './tokens.ts'

const timeoutMs = 20_000

/**
 * Signs in at the network, reads the profile, and keeps the sealed tokens; the app password is used once and
 * kept nowhere. An account that is known already is connected again, and what was held for it goes on.
 */
export async function connectAccount(
  ctx: WorkspaceContext,
  input: ConnectAccountInput,
): Promise<{ account: SocialAccount; reconnected: boolean }> {
  const { workspaceId } = ctx
  const isGenerated = await ctx.doors.withActor(ctx.actor, workspaceId, (tx) =>
    isGeneratedWorkspace(tx, workspaceId),
  )
  if (isGenerated) throw workspaceGenerated()
  const { session, profile } = await signIn(ctx, input).catch(tellWhichField)
  return ctx.doors.withActor(ctx.actor, workspaceId, async (tx) => {
    const key = { workspaceId, platform: input.platform, platformAccountId: session.platformAccountId }
    const connected = {
      session,
      profile,
      sealed: sealTokens(ctx.keyring, workspaceId, input.platform, session),
      connectedBy: ctx.actor.userId,
      now: ctx.clock.now(),
    }
    // In this order, because the same account may be connected twice in one moment.
    const insertedId = await insertAccount(tx, key, connected)
    const accountId = insertedId ?? (await updateConnectedAccount(tx, key, connected))
    await enqueueJob(tx, accountConnected, { workspaceId, accountId })
    return {
      account: describeAccount(ctx, await getAccount(tx, workspaceId, accountId)),
      reconnected: insertedId === undefined,
    }
  })
}

async function signIn(
  ctx: WorkspaceContext,
  input: ConnectAccountInput,
): Promise<{ session: AccountSession; profile: AccountProfile | undefined }> {
  const connector = ctx.connectorFor(input.platform)
  const network: ConnectorContext = {
    fetch: ctx.fetch,
    clock: ctx.clock,
    signal: AbortSignal.timeout(timeoutMs),
  }
  const session = await connector.auth.connect(network, {
    serviceUrl: input.serviceUrl ?? connector.auth.defaultServiceUrl,
    username: input.handle,
    appPassword: input.appPassword,
  })
  const profile = await connector.read?.profile(network, session).catch((error: unknown) => {
    // The account is open. A server that counts elsewhere may not know a new one yet; a sync reads it later.
    if (!(error instanceof ConnectorFailure)) throw error
    ctx.log.info({ code: error.code, err: error }, 'an account was connected without its profile')
    return undefined
  })
  return { session, profile }
}

const inputFields = { serviceUrl: 'serviceUrl', username: 'handle', appPassword: 'appPassword' } as const

/** The connector says in words what is wrong, and what to type anew; a server that is away is said at its address. */
function tellWhichField(error: unknown): never {
  if (!(error instanceof ConnectorFailure)) throw error
  const away = ['unavailable_before_send', 'unsupported', 'outcome_unknown'].includes(error.code)
  const field = inputFields[error.field ?? (away ? 'serviceUrl' : 'appPassword')]
  const refuse = field === 'serviceUrl' ? accountUnreachable : accountRejected
  throw refuse(error.message, { faults: [{ field, message: error.message }], cause: error })
}
