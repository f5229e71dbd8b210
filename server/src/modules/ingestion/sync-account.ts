import type { Platform, PostMetrics } from '../../connectors/connector.ts'
import { ConnectorFailure } from '../../connectors/failure.ts'
import { enqueueJob } from '../../infra/jobs/queue.ts'
import { findTokenVersion, postponeSyncs, resumeSyncs, updateSyncedAccount } from '../accounts/index.ts'
import type { Services } from '../services.ts'
import { type AccountReader, openReader } from './account-reader.ts'
import { carryOutboxJob } from './carry-outbox.ts'
import { afterMissing, nextSyncAt } from './polling.ts'
import {
  finishSyncLog,
  insertSnapshot,
  insertSyncLog,
  listPostsToSync,
  type PostToSync,
  updateSyncedPost,
} from './queries.ts'
import { syncAccountJob } from './schema.ts'

const postsPerSync = 500

interface AccountToSync {
  readonly workspaceId: string
  readonly accountId: string
  /** True: all posts that still live, because a person asked; false: those that are due. */
  readonly all: boolean
}

/**
 * Reads the account's own counts and the numbers of its posts, and writes one snapshot for each post that the
 * network told about. Every run is logged; what a run could not read stays due, and is asked for again after a
 * pause that grows with every failure.
 */
export async function syncAccount(services: Services, ref: AccountToSync): Promise<void> {
  const { workspaceId, accountId } = ref
  const now = services.clock.now()
  const { posts, syncLogId, version } = await services.doors.withWorkspace(workspaceId, async (tx) => ({
    posts: await listPostsToSync(tx, workspaceId, accountId, ref.all ? null : now, postsPerSync),
    syncLogId: await insertSyncLog(tx, workspaceId, accountId),
    version: await findTokenVersion(tx, workspaceId, accountId),
  }))
  let processed = 0
  let reader: AccountReader | undefined
  try {
    reader = await openReader(services, ref)
    await syncProfile(services, ref, reader)
    for (let start = 0; start < posts.length; start += reader.postsPerCall) {
      const batch = posts.slice(start, start + reader.postsPerCall)
      const told = await reader.postMetrics(batch.map((post) => post.platform_post_id))
      await keep(services, ref, { platform: reader.platform, batch, told, syncLogId })
      processed += batch.length
    }
    await services.doors.withWorkspace(workspaceId, (tx) => resumeSyncs(tx, workspaceId, accountId))
    await finish(services, ref, syncLogId, { processed, failed: 0, error: null })
  } catch (error) {
    const reason = error instanceof ConnectorFailure ? error.message : 'Something went wrong on our side.'
    await finish(services, ref, syncLogId, { processed, failed: posts.length - processed, error: reason })
    const failed = { version: reader?.version() ?? version, now: services.clock.now() }
    await services.doors.withWorkspace(workspaceId, (tx) => postponeSyncs(tx, workspaceId, accountId, failed))
    if (!(error instanceof ConnectorFailure)) throw error
    services.log.warn(
      { workspaceId, accountId, code: error.code, err: error.cause },
      'a sync failed; its posts stay due',
    )
  }
}
async function syncProfile(
  services: Services,
  { workspaceId, accountId }: AccountToSync,
  reader: AccountReader,
): Promise<void> {
  const profile = await reader.profile()
  const read = { version: reader.version(), profile, now: services.clock.now() }
  await services.doors.withWorkspace(workspaceId, (tx) =>
    updateSyncedAccount(tx, workspaceId, accountId, read),
  )
}

interface Batch {
  readonly platform: Platform
  readonly batch: readonly PostToSync[]
  readonly told: readonly PostMetrics[]
  readonly syncLogId: string
}

/** Snapshots, the posts' next turns, and the facts for ClickHouse: all of a batch or nothing of it. */
async function keep(
  services: Services,
  ref: AccountToSync,
  { platform, batch, told, syncLogId }: Batch,
): Promise<void> {
  const { workspaceId, accountId } = ref
  const capturedAt = services.clock.now()
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
}

const sorted = (metrics: object) => Object.entries(metrics).sort(([one], [other]) => one.localeCompare(other))

async function finish(
  services: Services,
  { workspaceId }: AccountToSync,
  syncLogId: string,
  result: Parameters<typeof finishSyncLog>[3],
): Promise<void> {
  await services.doors.withWorkspace(workspaceId, (tx) => finishSyncLog(tx, workspaceId, syncLogId, result))
}
