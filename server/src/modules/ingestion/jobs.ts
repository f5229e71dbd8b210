import { z } from 'zod'
import { defineJob, enqueueJob, type Job } from '../../infra/jobs/queue.ts'
import { Platform } from '../accounts/index.ts'
import { postPublished } from '../publishing/index.ts'
import type { Services } from '../services.ts'
import { carryOutbox, carryOutboxJob } from './carry-outbox.ts'
import { insertPublishedPost, listAccountsToSync } from './queries.ts'
import { syncAccountJob } from './schema.ts'
import { syncAccount } from './sync-account.ts'

const syncDuePosts = { name: 'sync_due_posts', payload: z.unknown() }

export const jobs = (services: Services): Job[] => [
  defineJob(postPublished, (post) => keepPost(services, post)),
  defineJob(syncDuePosts, () => dispatchSyncs(services)),
  defineJob(syncAccountJob, (ref) => syncAccount(services, ref)),
  defineJob(carryOutboxJob, (_payload, signal) => carryOutbox(services, signal)),
]

export const schedules = [
  { job: syncDuePosts.name, cron: '* * * * *' },
  { job: carryOutboxJob.name, cron: '* * * * *', queue: carryOutboxJob.name },
]

/** A post that was just published gets its first numbers at once. */
async function keepPost(services: Services, post: z.infer<typeof postPublished.payload>): Promise<void> {
  const { workspaceId, accountId } = post
  await services.doors.withWorkspace(workspaceId, async (tx) => {
    await insertPublishedPost(tx, post, Platform.parse(post.platform))
    await enqueueJob(tx, syncAccountJob, { workspaceId, accountId, all: false }, { key: `sync:${accountId}` })
  })
}

async function dispatchSyncs(services: Services): Promise<void> {
  const now = services.clock.now()
  await services.doors.withDispatch(async (tx) => {
    for (const ref of await listAccountsToSync(tx, now)) {
      await enqueueJob(tx, syncAccountJob, { ...ref, all: false }, { key: `sync:${ref.accountId}` })
    }
  })
}
