import { enqueueJob } from '../../infra/jobs/queue.ts'
import type { Services } from '../services.ts'
import { listAccountsHolding, listDuePublications } from './queries-publications.ts'
import { releasePublications } from './schedule-content.ts'
import { publishJob } from './schema.ts'

/**
 * Finds what nobody is working on although it is due: planned posts whose wake-up was lost, claims whose worker
 * died, and what waits for an account that is connected. The queue alone would leave a dead worker's job locked
 * for hours.
 */
export async function sweepPublications(services: Services): Promise<void> {
  const holding = await services.doors.withDispatch(async (tx) => {
    for (const ref of await listDuePublications(tx)) {
      await enqueueJob(tx, publishJob, ref, { key: `publish:${ref.publicationId}` })
    }
    return listAccountsHolding(tx)
  })
  for (const { workspaceId, accountId } of holding)
    await releasePublications(services, workspaceId, accountId)
}
