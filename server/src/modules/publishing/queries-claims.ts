/**
 * The steps of a publication under a claim. Leases are measured by the database's clock alone, and every step
 * but the first names the claim's token: a worker that lost its claim changes nothing any more.
 */
import { sql } from 'kysely'
import type { FailureCode } from '../../connectors/failure.ts'
import type { Tx } from '../../infra/postgres/doors.ts'
import type { PublicationStatus } from './schema.ts'

const fromNow = (ms: number) => sql<Date>`now() + ${ms} * interval '1 millisecond'`
const open = ['scheduled', 'claimed', 'submitted', 'processing', 'unconfirmed'] as const

export interface Claim {
  readonly workspaceId: string
  readonly publicationId: string
  readonly contentId: string
  readonly accountId: string
  readonly token: string
  /** True: an earlier worker may have sent it, so it must be looked for before anything is sent. */
  readonly mayBeSent: boolean
  /** The creation time that the network's record carries: the same at every send whose fellow may have arrived. */
  readonly recordCreatedAt: Date
  /** Since when it is not known whether it arrived; not before a person last had it sent. */
  readonly unconfirmedSince: Date | null
  /**
   * True: a person has it sent anew after an earlier round that stayed unconfirmed. Where the network has nothing
   * of that round, this post is a new one.
   */
  readonly startsAnew: boolean
  readonly scheduledFor: Date | null
  readonly retryAt: Date | null
  readonly retryCount: number
  /** True: so many workers in a row ended or broke before anything was sent that another would, too. */
  readonly isHopeless: boolean
  /** True: it is unconfirmed since this very claim. */
  readonly becameUnconfirmed: boolean
}

/** How often a publication is begun again after a worker that ended or broke before sending. */
const mostLostAttempts = 8

/**
 * Takes a publication that is due, or whose worker's lease has ended. Undefined: not due, held, finished, or
 * somebody else's. What an earlier worker had submitted becomes unconfirmed here, never scheduled again; so does
 * what a person sends anew although an earlier round of it may still arrive.
 */
export async function claimPublication(
  tx: Tx,
  workspaceId: string,
  publicationId: string,
  leaseMs: number,
): Promise<Claim | undefined> {
  const row = await tx
    .selectFrom('publications')
    .select(['status', 'content_id', 'social_account_id', 'retry_count', 'scheduled_for', 'retry_at'])
    .select((eb) => [
      eb('status', '<>', 'claimed').and('scheduled_for', '>', eb.ref('unconfirmed_since')).as('starts_anew'),
    ])
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', publicationId)
    .where('status', 'in', open)
    .where('held', '=', false)
    .where('due_at', '<=', sql<Date>`now()`)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst()
  if (!row) return undefined
  const startsAnew = row.starts_anew === true
  const mayBeSent = startsAnew || (row.status !== 'scheduled' && row.status !== 'claimed')
  // A worker that was lost while sending has used up a try like one that got no answer.
  const retryCount = row.retry_count + (row.status === 'submitted' ? 1 : 0)
  const token = crypto.randomUUID()
  const updated = await tx
    .updateTable('publications')
    .set({
      status: mayBeSent ? 'unconfirmed' : 'claimed',
      claim_token: token,
      due_at: fromNow(leaseMs),
      retry_count: retryCount,
      // While certainly nothing was sent, a post that waited is as new as its claim. Milliseconds, because the
      // network's record holds no more.
      record_created_at: sql`case when ${mayBeSent} or unconfirmed_since is not null
        then coalesce(record_created_at, date_trunc('milliseconds', now()))
        else date_trunc('milliseconds', now()) end`,
      ...(mayBeSent ? { unconfirmed_since: sql<Date>`coalesce(unconfirmed_since, now())` } : {}),
    })
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', publicationId)
    .returning(['record_created_at', 'unconfirmed_since'])
    .executeTakeFirstOrThrow()
  await closeLostAttempt(tx, workspaceId, publicationId)
  if (!updated.record_created_at) throw new Error('a claim has no creation time for its record')
  return {
    workspaceId,
    publicationId,
    contentId: row.content_id,
    accountId: row.social_account_id,
    token,
    mayBeSent,
    recordCreatedAt: updated.record_created_at,
    unconfirmedSince: startsAnew ? row.scheduled_for : updated.unconfirmed_since,
    startsAnew,
    scheduledFor: row.scheduled_for,
    retryAt: row.retry_at,
    retryCount,
    becameUnconfirmed: mayBeSent && row.status !== 'unconfirmed',
    isHopeless: await isHopeless(tx, workspaceId, publicationId, row.scheduled_for),
  }
}

/** Whether the latest attempts of this round were all lost before anything was sent. */
async function isHopeless(
  tx: Tx,
  workspaceId: string,
  publicationId: string,
  roundSince: Date | null,
): Promise<boolean> {
  let latest = tx
    .selectFrom('publication_attempts')
    .select(['outcome', 'failure_code', 'submitted_at'])
    .where('workspace_id', '=', workspaceId)
    .where('publication_id', '=', publicationId)
    .orderBy('number', 'desc')
    .limit(mostLostAttempts)
  if (roundSince) latest = latest.where('started_at', '>=', roundSince)
  const attempts = await latest.execute()
  const lost = attempts.filter(
    ({ outcome, failure_code, submitted_at }) =>
      outcome === 'failed' && failure_code === null && submitted_at === null,
  )
  return lost.length >= mostLostAttempts
}

/** The attempt of a worker that ended without a word. */
async function closeLostAttempt(tx: Tx, workspaceId: string, publicationId: string): Promise<void> {
  await tx
    .updateTable('publication_attempts')
    .set({
      finished_at: sql<Date>`now()`,
      outcome: sql`case when submitted_at is null then 'failed' else 'unknown' end::attempt_outcome`,
      detail: sql`case when submitted_at is null then 'The worker ended before anything was sent.' else
        'The worker ended before the network had answered. The network is asked before anything is sent again.' end`,
    })
    .where('workspace_id', '=', workspaceId)
    .where('publication_id', '=', publicationId)
    .where('outcome', 'is', null)
    .execute()
}

export async function insertAttempt(tx: Tx, claim: Claim): Promise<string> {
  const row = await tx
    .insertInto('publication_attempts')
    .values((eb) => ({
      workspace_id: claim.workspaceId,
      publication_id: claim.publicationId,
      number: eb
        .selectFrom('publication_attempts')
        .select((inner) => sql<number>`coalesce(max(${inner.ref('number')}), 0) + 1`.as('next'))
        .where('workspace_id', '=', claim.workspaceId)
        .where('publication_id', '=', claim.publicationId),
    }))
    .returning('id')
    .executeTakeFirstOrThrow()
  return row.id
}

export interface Step {
  readonly status: PublicationStatus
  /** Milliseconds from now until a worker must look again; null where the publication has come to its end. */
  readonly dueInMs: number | null
  readonly held?: boolean
  readonly retryCount?: number
  readonly retryAt?: Date | null
  readonly failure?: { code: FailureCode; text: string } | null
}

/** One step under a claim; false when the claim was lost, and then nothing has changed. */
export async function stepPublication(tx: Tx, claim: Claim, step: Step): Promise<boolean> {
  const result = await tx
    .updateTable('publications')
    .set({
      status: step.status,
      ...(step.retryAt
        ? { due_at: step.retryAt }
        : { due_at: step.dueInMs === null ? null : fromNow(step.dueInMs) }),
      ...(step.held === undefined ? {} : { held: step.held }),
      ...(step.retryCount === undefined ? {} : { retry_count: step.retryCount }),
      ...(step.retryAt === undefined ? {} : { retry_at: step.retryAt }),
      ...(step.failure === undefined
        ? {}
        : { failure_code: step.failure?.code ?? null, failure_text: step.failure?.text ?? null }),
      ...(step.status === 'unconfirmed'
        ? { unconfirmed_since: sql<Date>`coalesce(unconfirmed_since, now())` }
        : {}),
    })
    .where('workspace_id', '=', claim.workspaceId)
    .where('id', '=', claim.publicationId)
    .where('claim_token', '=', claim.token)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Lengthens the lease of a claim that takes long to prepare; false when the claim was lost. */
export async function extendClaim(tx: Tx, claim: Claim, leaseMs: number): Promise<boolean> {
  const result = await tx
    .updateTable('publications')
    .set({ due_at: fromNow(leaseMs) })
    .where('workspace_id', '=', claim.workspaceId)
    .where('id', '=', claim.publicationId)
    .where('claim_token', '=', claim.token)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Makes the post a new one, once the network has said that nothing of it is there. Undefined: the claim was lost. */
export async function renewPublication(tx: Tx, claim: Claim): Promise<Claim | undefined> {
  const row = await tx
    .updateTable('publications')
    .set({ record_created_at: sql<Date>`date_trunc('milliseconds', now())`, unconfirmed_since: null })
    .where('workspace_id', '=', claim.workspaceId)
    .where('id', '=', claim.publicationId)
    .where('claim_token', '=', claim.token)
    .returning('record_created_at')
    .executeTakeFirst()
  if (!row?.record_created_at) return undefined
  return { ...claim, recordCreatedAt: row.record_created_at, unconfirmedSince: null, startsAnew: false }
}

/** Whether the claim's account is connected, read so that it stays like this until the transaction ends. */
export async function isAccountActive(tx: Tx, claim: Claim): Promise<boolean> {
  const row = await tx
    .selectFrom('social_accounts')
    .select('status')
    .where('workspace_id', '=', claim.workspaceId)
    .where('id', '=', claim.accountId)
    .forShare()
    .executeTakeFirst()
  return row?.status === 'active'
}

/** Marks the moment before the call that makes the post visible. */
export async function submitAttempt(
  tx: Tx,
  claim: Claim,
  attemptId: string,
  fingerprint: string,
): Promise<void> {
  await tx
    .updateTable('publication_attempts')
    .set({ submitted_at: sql<Date>`now()`, fingerprint })
    .where('workspace_id', '=', claim.workspaceId)
    .where('id', '=', attemptId)
    .execute()
}

export async function finishAttempt(
  tx: Tx,
  claim: Claim,
  attemptId: string,
  result: { outcome: 'succeeded' | 'failed' | 'unknown'; code?: FailureCode; detail?: string },
): Promise<void> {
  await tx
    .updateTable('publication_attempts')
    .set({
      finished_at: sql<Date>`now()`,
      outcome: result.outcome,
      failure_code: result.code ?? null,
      detail: result.detail ?? null,
    })
    .where('workspace_id', '=', claim.workspaceId)
    .where('id', '=', attemptId)
    .execute()
}

export async function confirmPublication(
  tx: Tx,
  claim: Claim,
  post: { platformPostId: string; url: string },
): Promise<boolean> {
  const result = await tx
    .updateTable('publications')
    .set({
      status: 'published',
      platform_post_id: post.platformPostId,
      platform_post_url: post.url,
      published_at: sql<Date>`now()`,
      due_at: null,
      failure_code: null,
      failure_text: null,
      retry_at: null,
      held: false,
    })
    .where('workspace_id', '=', claim.workspaceId)
    .where('id', '=', claim.publicationId)
    .where('claim_token', '=', claim.token)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}
