import { enqueueJob } from '../../infra/jobs/queue.ts'
import type { Tx } from '../../infra/postgres/doors.ts'
import { tellAuthorJob } from './schema.ts'
import { confirmOftenForMs } from './waits.ts'

interface PublicationRef {
  readonly workspaceId: string
  readonly publicationId: string
}

/** Has the author told of the trouble that a publication is in. */
export async function enqueueTelling(tx: Tx, ref: PublicationRef, runAt?: Date): Promise<void> {
  const { workspaceId, publicationId } = ref
  const key = `tell_author:${publicationId}`
  await enqueueJob(tx, tellAuthorJob, { workspaceId, publicationId }, { key, ...(runAt ? { runAt } : {}) })
}

/**
 * To be called in the transaction in which a publication becomes unconfirmed, and so once: the author is told when
 * it still is after a while. Where its trouble is over by then, the telling says nothing.
 */
export async function enqueueTellingIfStillUnconfirmed(
  tx: Tx,
  ref: PublicationRef,
  now: Date,
): Promise<void> {
  await enqueueTelling(tx, ref, new Date(now.getTime() + confirmOftenForMs))
}
