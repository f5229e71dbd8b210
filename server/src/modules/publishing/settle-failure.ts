import { ConnectorFailure } from '../../connectors/failure.ts'
import type { Tx } from '../../infra/postgres/doors.ts'
import { openAccount } from '../accounts/index.ts'
import type { Services } from '../services.ts'
import { enqueueTelling, enqueueTellingIfStillUnconfirmed } from './enqueue-telling.ts'
import { type Claim, finishAttempt, isAccountActive, type Step, stepPublication } from './queries-claims.ts'
import { lockContent, settleContent } from './queries-content.ts'
import { endOfSnooze, mostRetries, retryDelaysMs, waitUnconfirmedMs, worthTellingAfterMs } from './waits.ts'

interface Failed {
  readonly attemptId: string
  /** Whether bytes of the post may have left the machine. */
  readonly submitted: boolean
  readonly failure: ConnectorFailure
}

/** Turns a failed attempt into the publication's next state: another try, a wait, a question, or its end. */
export async function settleFailure(services: Services, claim: Claim, failed: Failed): Promise<void> {
  const next = await nextState(services, claim, failed)
  const { failure, attemptId } = failed
  await services.doors.withWorkspace(claim.workspaceId, async (tx) => {
    await lockContent(tx, claim.workspaceId, claim.contentId)
    const outcome = next.status === 'unconfirmed' ? 'unknown' : 'failed'
    await finishAttempt(tx, claim, attemptId, { outcome, code: failure.code, detail: failure.message })
    await settle(services, tx, claim, next)
  })
  const { workspaceId, publicationId } = claim
  services.log.warn(
    { workspaceId, publicationId, code: failure.code, next: next.status, err: failure.cause },
    'an attempt to publish failed',
  )
}

/** The network could not be asked whether the post is there: it stays unconfirmed and is asked again. */
export async function settleUnconfirmed(
  services: Services,
  claim: Claim,
  failure: ConnectorFailure,
): Promise<void> {
  const now = services.clock.now()
  const text = `It is not known whether the post arrived, and asking failed: ${failure.message}`
  const held = failure.code === 'auth_expired' && !(await canBeRefreshed(services, claim))
  const snoozeMs = failure.retryAt ? endOfSnooze(failure.retryAt, now).getTime() - now.getTime() : 0
  const next: Step = {
    status: 'unconfirmed',
    dueInMs: Math.max(waitUnconfirmedMs(claim, now), snoozeMs),
    held,
    failure: { code: held ? 'auth_expired' : 'outcome_unknown', text },
  }
  await services.doors.withWorkspace(claim.workspaceId, (tx) => settle(services, tx, claim, next))
}

/** The end of a publication of which certainly nothing is on the network. */
export async function giveUp(
  services: Services,
  claim: Claim,
  failure: NonNullable<Step['failure']>,
): Promise<void> {
  const { workspaceId, publicationId, contentId } = claim
  await services.doors.withWorkspace(workspaceId, async (tx) => {
    await lockContent(tx, workspaceId, contentId)
    await settle(services, tx, claim, { status: 'failed', dueInMs: null, failure })
  })
  services.log.error({ workspaceId, publicationId, code: failure.code }, 'a publication was given up')
}

/** Takes the step, and sees to it that the author hears of what no wait mends: once each. */
async function settle(services: Services, tx: Tx, claim: Claim, next: Step): Promise<void> {
  if (!(await stepPublication(tx, claim, next))) return
  if (next.held) return hold(tx, claim, next)
  if (next.status === 'failed') await settleContent(tx, claim.workspaceId, claim.contentId)
  if (next.status === 'failed' || isLongSnooze(claim, next)) await enqueueTelling(tx, claim)
  if (next.status === 'unconfirmed' && !claim.unconfirmedSince)
    await enqueueTellingIfStillUnconfirmed(tx, claim, services.clock.now())
}

/**
 * Holds a publication until its account is connected again. It may have been just now, and then nobody would let
 * this one go any more: the account is read under a lock that a connection waits for.
 */
async function hold(tx: Tx, claim: Claim, next: Step): Promise<void> {
  if (await isAccountActive(tx, claim)) await stepPublication(tx, claim, { ...next, held: false, dueInMs: 0 })
  else await enqueueTelling(tx, claim)
}

/** True for the first wait that reaches far beyond the planned time. */
function isLongSnooze(claim: Claim, { retryAt }: Step): boolean {
  if (!retryAt || !claim.scheduledFor) return false
  const late = claim.scheduledFor.getTime() + worthTellingAfterMs
  return retryAt.getTime() > late && (claim.retryAt?.getTime() ?? 0) <= late
}

async function nextState(services: Services, claim: Claim, { failure, submitted }: Failed): Promise<Step> {
  const told = { code: failure.code, text: failure.message }
  const waits = { status: 'scheduled', failure: told, dueInMs: 0 } as const
  const now = services.clock.now()
  switch (failure.code) {
    case 'outcome_unknown':
      // Before anything was submitted the outcome is known after all: nothing was created.
      if (!submitted) return retry(claim, told)
      return {
        status: 'unconfirmed',
        // Not sooner than a plain retry: where nothing is found, looking leads to sending again.
        dueInMs: retryDelaysMs[claim.retryCount] ?? waitUnconfirmedMs(claim, now),
        retryCount: claim.retryCount + 1,
        failure: told,
      }
    case 'rate_limited':
    case 'quota_exhausted':
      return { ...waits, retryAt: endOfSnooze(failure.retryAt ?? new Date(now.getTime() + 60_000), now) }
    case 'unavailable_before_send':
    case 'media_not_ready':
      return retry(claim, told)
    case 'auth_expired':
      // Fresh tokens may mend it; where they cannot be had, the account now says so and the post waits for it.
      return (await canBeRefreshed(services, claim)) ? retry(claim, told) : { ...waits, held: true }
    default:
      return { status: 'failed', dueInMs: null, failure: told }
  }
}

function retry(claim: Claim, failure: NonNullable<Step['failure']>): Step {
  const dueInMs = retryDelaysMs[claim.retryCount]
  if (claim.retryCount >= mostRetries || dueInMs === undefined)
    return { status: 'failed', dueInMs: null, failure }
  return { status: 'scheduled', dueInMs, failure, retryCount: claim.retryCount + 1 }
}

async function canBeRefreshed(services: Services, claim: Claim): Promise<boolean> {
  try {
    await openAccount(services, claim, Number.POSITIVE_INFINITY)
    return true
  } catch (error) {
    if (!(error instanceof ConnectorFailure)) throw error
    return error.code !== 'auth_expired'
  }
}
