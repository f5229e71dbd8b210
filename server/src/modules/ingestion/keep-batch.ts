import type { Platform, PostMetrics } from '../../connectors/connector.ts'
import { enqueueJob } from '../../infra/jobs/queue.ts'
import type { Services } from '../services.ts'
import { carryOutboxJob } from './carry-outbox.ts'
import { afterMissing, nextSyncAt } from './polling.ts'
import { insertSnapshot, type PostToSync, updateSyncedPost } from './queries.ts'
import { type AccountToSync, syncAccountJob } from './schema.ts'

export interface Batch {
  readonly platform: Platform
  readonly batch: readonly PostToSync[]
  readonly told: readonly PostMetrics[]
  readonly syncLogId: string
}

export interface UnreadablePost {
  readonly platformPostId: string
  readonly reason: string
}

/**
 * Snapshots, the posts' next turns, and the facts for ClickHouse: all of a batch or nothing of it. Gives back the posts
 * of which the network told what cannot be read: nothing is known of them, and they are asked for again in their turn.
 */
export async function keepBatch(
  services: Services,
  ref: AccountToSync,
  { platform, batch, told, syncLogId }: Batch,
): Promise<UnreadablePost[]> {
  const { workspaceId, accountId } = ref
  const capturedAt = services.clock.now()
  const unreadable: UnreadablePost[] = []
  await services.doors.withWorkspace(workspaceId, async (tx) => {
    const again: Date[] = []
    for (const post of batch) {
      const found = told.find(({ platformPostId }) => platformPostId === post.platform_post_id)
      if (!found) {
        const next = afterMissing(post, capturedAt)
        if (next.next_sync_at) again.push(next.next_sync_at)
        await updateSyncedPost(tx, workspaceId, post.id, {
          last_synced_at: capturedAt,
          unchanged_syncs: 0,
          ...next,
        })
        continue
      }
      if (found.unreadable !== undefined) {
        unreadable.push({ platformPostId: post.platform_post_id, reason: found.unreadable })
        await updateSyncedPost(tx, workspaceId, post.id, {
          next_sync_at: post.removed_at
            ? null
            : nextSyncAt(post.published_at, capturedAt, post.unchanged_syncs),
        })
        continue
      }
      const { metrics, raw } = found
      const fact = {
        platform,
        accountId,
        publishedPostId: post.id,
        contentId: post.content_id,
        capturedAt: capturedAt.toISOString(),
        source: 'api',
        metrics,
      }
      await insertSnapshot(tx, workspaceId, fact, { syncLogId, raw })
      const unchanged = JSON.stringify(sorted(metrics)) === JSON.stringify(sorted(post.latest))
      const unchangedSyncs = unchanged ? post.unchanged_syncs + 1 : 0
      await updateSyncedPost(tx, workspaceId, post.id, {
        last_synced_at: capturedAt,
        next_sync_at: nextSyncAt(post.published_at, capturedAt, unchangedSyncs),
        unchanged_syncs: unchangedSyncs,
        missing_since: null,
        removed_at: null,
      })
    }
    const [soonest] = again.toSorted((one, other) => one.getTime() - other.getTime())
    if (soonest) {
      const key = `sync-soon:${accountId}`
      await enqueueJob(tx, syncAccountJob, { workspaceId, accountId, all: false }, { key, runAt: soonest })
    }
    await enqueueJob(tx, carryOutboxJob, {}, { key: carryOutboxJob.name, queue: carryOutboxJob.name })
  })
  return unreadable
}

const sorted = (metrics: object) => Object.entries(metrics).sort(([one], [other]) => one.localeCompare(other))
