import type {
  AccountProfile,
  ConnectorContext,
  Platform,
  PostMetrics,
  ReadCapability,
} from '../../connectors/connector.ts'
import { ConnectorFailure } from '../../connectors/failure.ts'
import { type AccountRef, type OpenedAccount, openAccount } from '../accounts/index.ts'
import type { Services } from '../services.ts'

const callTimeoutMs = 20_000

/** The reading calls of one account, for one sync. */
export interface AccountReader {
  readonly platform: Platform
  readonly postsPerCall: number
  /** The version of the tokens that the latest call was made with. */
  version(): number
  profile(): Promise<AccountProfile>
  postMetrics(platformPostIds: readonly string[]): Promise<PostMetrics[]>
}

/**
 * Opens an account for reading. A single refusal of its tokens may be a slip of the network, so they are
 * refreshed and the call is made again, once: whether our access has ended is for the refresh to say.
 */
export async function openReader(services: Services, ref: AccountRef): Promise<AccountReader> {
  let account = await openAccount(services, ref)
  let refreshed = false
  const { connector } = account
  const { read } = connector
  if (!read) throw new ConnectorFailure('unsupported', `${connector.displayName} tells no numbers.`)

  const ask = async <T>(call: (read: ReadCapability, opened: OpenedAccount) => Promise<T>): Promise<T> => {
    try {
      return await call(read, account)
    } catch (error) {
      if (refreshed || !(error instanceof ConnectorFailure && error.code === 'auth_expired')) throw error
      refreshed = true
      account = await openAccount(services, ref, Number.POSITIVE_INFINITY)
      return call(read, account)
    }
  }
  return {
    platform: connector.platform,
    postsPerCall: read.postsPerCall,
    version: () => account.row.token_version,
    profile: () => ask((capability, { session }) => capability.profile(network(services), session)),
    postMetrics: (ids) =>
      ask((capability, { session }) => capability.postMetrics(network(services), session, ids)),
  }
}

const network = ({ fetch, clock }: Services): ConnectorContext => ({
  fetch,
  clock,
  signal: AbortSignal.timeout(callTimeoutMs),
})
