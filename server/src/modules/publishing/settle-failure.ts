import { ConnectorFailure } from '../../connectors/failure.ts'
import { enqueueJob } from '../../infra/jobs/queue.ts'
import type { Tx } from '../../infra/postgres/doors.ts'
import { openAccount } from '../accounts/index.ts'
import type { Services } from '../services.ts'
import { type Claim, finishAttempt, stepPublication } from './queries-claims.ts'
import { settleContent } from './queries-content.ts'
import { tellAuthorJob } from './schema.ts'

const retryDelaysMs = [5, 15, 30, 60, 120, 300, 600, 900].map((seconds) => seconds * 1_000)
const confirmDelayMs = 5_000
/** How long the network is asked often; after that a person sees it and the network is asked now and then. */
const confirmOftenForMs = 10 * 60_000
const confirmRarelyMs = 5 * 60_000

interface Failed {
  readonly attemptId: string
  /** Whether bytes of the post may have left the machine. */
  readonly submitted: boolean
  readonly failure: ConnectorFailure
}

type Next = Parameters<typeof stepPublication>[2]

/** Turns a failed attempt into the publication's next state: another try, a wait, a question, or its end. */
export async function settleFailure(services: Services, claim: Claim, failed: Failed): Promise<void> {
  const next = await nextState(services, claim, failed)
  const { failure, attemptId } = failed
  await services.doors.withWorkspace(claim.workspaceId, async (tx) => {
    const outcome = next.status === 'unconfirmed' ? 'unknown' : 'failed'
    await finishAttempt(tx, claim, attemptId, { outcome, code: failure.code, detail: failure.message })
    const mine = await stepPublication(tx, claim, next)
    if (!mine || next.status !== 'failed') return
    await settleContent(tx, claim.workspaceId, claim.contentId)
    await enqueueTelling(tx, claim)
  })
  const { workspaceId, publicationId } = claim
  services.log.warn(
    { workspaceId, publicationId, code: failure.code, next: next.status, err: failure.cause },
    'an attempt to publish failed',
  )
}

async function nextState(services: Services, claim: Claim, { failure, submitted }: Failed): Promise<Next> {
  const told = { code: failure.code, text: failure.message }
  const waits = { status: 'scheduled', failure: told, dueInMs: 0 } as const
  switch (failure.code) {
    case 'outcome_unknown':
      // Before anything was submitted the outcome is known after all: nothing was created.
      return submitted
        ? { status: 'unconfirmed', dueInMs: confirmDelayMs, failure: told }
        : retry(claim, told)
    case 'rate_limited':
    case 'quota_exhausted':
      return { ...waits, retryAt: failure.retryAt ?? new Date(services.clock.now().getTime() + 60_000) }
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

function retry(claim: Claim, failure: NonNullable<Next['failure']>): Next {
  const dueInMs = retryDelaysMs[claim.retryCount]
  if (dueInMs === undefined) return { status: 'failed', dueInMs: null, failure }
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

/** The network could not be asked whether the post is there: it stays unconfirmed and is asked again. */
export async function settleUnconfirmed(
  services: Services,
  claim: Claim,
  failure: ConnectorFailure,
): Promise<void> {
  const since = claim.unconfirmedSince ?? services.clock.now()
  const unconfirmedForMs = services.clock.now().getTime() - since.getTime()
  const often = unconfirmedForMs < confirmOftenForMs
  const text = `It is not known whether the post arrived, and asking failed: ${failure.message}`
  const held = failure.code === 'auth_expired' && !(await canBeRefreshed(services, claim))
  await services.doors.withWorkspace(claim.workspaceId, async (tx) => {
    const mine = await stepPublication(tx, claim, {
      status: 'unconfirmed',
      dueInMs: often ? confirmDelayMs : confirmRarelyMs,
      held,
      failure: { code: held ? 'auth_expired' : 'outcome_unknown', text },
    })
    // Once: at the first of the rare questions.
    if (mine && !often && unconfirmedForMs < confirmOftenForMs + confirmRarelyMs)
      await enqueueTelling(tx, claim)
  })
}

async function enqueueTelling(tx: Tx, { workspaceId, publicationId }: Claim): Promise<void> {
  await enqueueJob(tx, tellAuthorJob, { workspaceId, publicationId }, { key: `tell_author:${publicationId}` })
}
