import type { ConnectorContext, PlatformPost, PublicationIdentity } from '../../connectors/connector.ts'
import { ConnectorFailure } from '../../connectors/failure.ts'
import { enqueueJob } from '../../infra/jobs/queue.ts'
import { markPosted, type OpenedAccount, openAccount } from '../accounts/index.ts'
import type { Services } from '../services.ts'
import { enqueueTellingIfStillUnconfirmed } from './enqueue-telling.ts'
import { type PreparedPost, preparePost } from './prepare-post.ts'
import {
  type Claim,
  claimPublication,
  confirmPublication,
  extendClaim,
  finishAttempt,
  insertAttempt,
  renewPublication,
  stepPublication,
  submitAttempt,
} from './queries-claims.ts'
import { findContentText, lockContent, settleContent } from './queries-content.ts'
import { postPublished } from './schema.ts'
import { giveUp, settleFailure, settleUnconfirmed } from './settle-failure.ts'
import { mostRetries } from './waits.ts'

/**
 * A lease is longer than the call that it covers, and the call's time limit starts before the lease does: it
 * never ends while its worker may still be sending, unless a process was halted for longer than the difference.
 */
const leasePerCall = 1.5

/**
 * Brings one publication a step nearer to its end. Whoever is killed anywhere in here leaves a state from which
 * the next worker goes on without sending twice:
 * before `submitted` nothing has left the machine, so it is begun again, so many times and no more; from
 * `submitted` on the network is asked for the post before anything is sent, and the network's own key admits one
 * post per publication. Each sending whose outcome is unknown uses up a retry, so that a network that takes no
 * posts but answers questions is left alone in the end.
 */
export async function publishPost(
  services: Services,
  workspaceId: string,
  publicationId: string,
): Promise<void> {
  const { doors, config } = services
  const leaseMs = config.PUBLISH_CALL_TIMEOUT_MS * leasePerCall
  const claimedAtMs = performance.now()
  const taken = await doors.withWorkspace(workspaceId, async (tx) => {
    const claim = await claimPublication(tx, workspaceId, publicationId, leaseMs)
    if (claim?.becameUnconfirmed) await enqueueTellingIfStillUnconfirmed(tx, claim, services.clock.now())
    return claim
  })
  if (!taken) return
  if (taken.mayBeSent && (await resolveUnconfirmed(services, taken))) return
  const claim = taken.startsAnew
    ? await doors.withWorkspace(workspaceId, (tx) => renewPublication(tx, taken))
    : taken
  if (!claim) return
  // From here on certainly nothing of it is on the network.
  if (claim.mayBeSent && claim.retryCount > mostRetries) return giveUp(services, claim, neverArrived)
  if (claim.isHopeless) return giveUp(services, claim, ourFault)
  await attempt(services, claim, { ms: leaseMs, sinceMs: claimedAtMs })
}

const neverArrived = {
  code: 'outcome_unknown',
  text: 'The network gave no answer whenever this post was sent, and says that nothing of it is there.',
} as const
const ourFault = {
  code: 'unavailable_before_send',
  text: 'Something went wrong on our side before anything was sent, again and again.',
} as const

interface Lease {
  readonly ms: number
  /** Reading of `performance.now()` before it began. */
  readonly sinceMs: number
}

/** Looks for what an earlier attempt may have left on the network. True: there is nothing more to do for now. */
async function resolveUnconfirmed(services: Services, claim: Claim): Promise<boolean> {
  try {
    const { session, connector } = await openAccount(services, claim)
    const found = await connector.publish?.findOwn(network(services), session, identityOf(claim))
    if (!found) return false
    await services.doors.withWorkspace(claim.workspaceId, (tx) => confirm(services, tx, claim, found))
    return true
  } catch (error) {
    await settleUnconfirmed(services, claim, asFailure(services, claim, error))
    return true
  }
}

/** A fault of ours while asking is waited out, and in time told, like one of the network's. */
function asFailure(services: Services, claim: Claim, error: unknown): ConnectorFailure {
  if (error instanceof ConnectorFailure) return error
  const { workspaceId, publicationId } = claim
  services.log.error({ workspaceId, publicationId, err: error }, 'a network could not be asked for a post')
  return new ConnectorFailure('outcome_unknown', 'something went wrong on our side.', { cause: error })
}

/** Before a call: the claim must outlast it. False: the claim was lost. */
async function keepClaim(services: Services, claim: Claim, lease: Lease): Promise<boolean> {
  const leftMs = lease.ms - (performance.now() - lease.sinceMs)
  if (leftMs > services.config.PUBLISH_CALL_TIMEOUT_MS) return true
  return services.doors.withWorkspace(claim.workspaceId, (tx) => extendClaim(tx, claim, lease.ms))
}

async function attempt(services: Services, claim: Claim, lease: Lease): Promise<void> {
  const { doors, log } = services
  const { workspaceId, publicationId } = claim
  const attemptId = await doors.withWorkspace(workspaceId, (tx) => insertAttempt(tx, claim))
  let submitted = false
  try {
    const account = await openAccount(services, claim)
    const post = await preparePost(
      services,
      claim,
      account,
      () => network(services),
      () => keepClaim(services, claim, lease),
    )
    if (!post) return log.warn({ workspaceId, publicationId }, 'a claim was lost before uploading')
    const timed = network(services)
    submitted = await doors.withWorkspace(workspaceId, async (tx) => {
      const mine = await stepPublication(tx, claim, { status: 'submitted', dueInMs: lease.ms })
      if (mine) await submitAttempt(tx, claim, attemptId, post.fingerprint)
      return mine
    })
    // Another worker has taken over in the meantime: it goes on, and this one must not send.
    if (!submitted) return log.warn({ workspaceId, publicationId }, 'a claim was lost before sending')
    const sent = await send(timed, claim, account, post)
    await doors.withWorkspace(workspaceId, async (tx) => {
      await finishAttempt(tx, claim, attemptId, { outcome: 'succeeded' })
      await confirm(services, tx, claim, sent)
    })
  } catch (error) {
    // What is no failure of the network's leaves the claim to its lease, as a kill would: the next worker looks or
    // begins again, until there have been too many.
    if (!(error instanceof ConnectorFailure)) throw error
    await settleFailure(services, claim, { attemptId, submitted, failure: error })
  }
}

async function send(
  timed: ConnectorContext,
  claim: Claim,
  { connector, session }: OpenedAccount,
  { rendered, uploaded }: PreparedPost,
): Promise<PlatformPost> {
  if (!connector.publish)
    throw new ConnectorFailure('unsupported', `${connector.displayName} accounts cannot publish.`)
  return connector.publish.send(timed, session, {
    identity: identityOf(claim),
    rendered,
    uploaded,
  })
}

async function confirm(
  services: Services,
  tx: Parameters<typeof confirmPublication>[0],
  claim: Claim,
  post: PlatformPost,
): Promise<void> {
  const { workspaceId, publicationId, accountId, contentId } = claim
  await lockContent(tx, workspaceId, contentId)
  if (!(await confirmPublication(tx, claim, post))) return
  await settleContent(tx, workspaceId, contentId)
  const now = services.clock.now()
  const platform = await markPosted(tx, workspaceId, accountId, now)
  const text = await findContentText(tx, workspaceId, contentId)
  await enqueueJob(tx, postPublished, {
    workspaceId,
    publicationId,
    accountId,
    platform,
    platformPostId: post.platformPostId,
    url: post.url,
    text: text ?? '',
    publishedAt: now.toISOString(),
  })
}

function network(services: Services): ConnectorContext {
  const signal = AbortSignal.timeout(services.config.PUBLISH_CALL_TIMEOUT_MS)
  return { fetch: services.fetch, clock: services.clock, signal }
}

const identityOf = (claim: Claim): PublicationIdentity => ({
  publicationId: claim.publicationId,
  createdAt: claim.recordCreatedAt,
})
