import type { ConnectorContext, PostMetrics, ReadCapability } from '../../connectors/connector.ts'
import { ConnectorFailure } from '../../connectors/failure.ts'
import { enqueueJob } from '../../infra/jobs/queue.ts'
import {
  markRevoked,
  type OpenedAccount,
  openAccount,
  profileColumns,
  updateAccount,
} from '../accounts/index.ts'
import type { Services } from '../services.ts'
import { carryOutboxJob } from './carry-outbox.ts'
import { nextSyncAt } from './polling.ts'
import {
  finishSyncLog,
  insertSnapshot,
  insertSyncLog,
  listPostsToSync,
  type PostToSync,
  updateSyncedPost,
} from './queries.ts'
import { syncAccountJob } from './schema.ts'

const callTimeoutMs = 20_000
const postsPerSync = 500
const indexedWithinMs = 3_600_000
const soonestMs = 3_000

interface AccountToSync {
  readonly workspaceId: string
  readonly accountId: string
  /** True: all posts that still live, because a person asked; false: those that are due. */
  readonly all: boolean
}

/**
 * Reads the account's own counts and the numbers of its posts, and writes one snapshot for each post that the
 * network told about. Every run is logged; what a run could not read stays due.
 */
export async function syncAccount(services: Services, ref: AccountToSync): Promise<void> {
  const { workspaceId, accountId } = ref
  const now = services.clock.now()
  const { posts, syncLogId } = await services.doors.withWorkspace(workspaceId, async (tx) => ({
    posts: await listPostsToSync(tx, workspaceId, accountId, ref.all ? null : now, postsPerSync),
    syncLogId: await insertSyncLog(tx, workspaceId, accountId),
  }))
  let processed = 0
  try {
    const account = await openAccount(services, ref)
    const { read } = account.connector
    if (!read) throw new ConnectorFailure('unsupported', `${account.connector.displayName} tells no numbers.`)
    await syncProfile(services, ref, account, read)
    for (let start = 0; start < posts.length; start += read.postsPerCall) {
      const batch = posts.slice(start, start + read.postsPerCall)
      const ids = batch.map((post) => post.platform_post_id)
      const told = await read.postMetrics(network(services), account.session, ids)
      await keep(services, ref, { account, batch, told, syncLogId })
      processed += batch.length
    }
    await finish(services, ref, syncLogId, { processed, failed: 0, error: null })
  } catch (error) {
    const reason = error instanceof ConnectorFailure ? error.message : 'Something went wrong on our side.'
    await finish(services, ref, syncLogId, { processed, failed: posts.length - processed, error: reason })
    if (!(error instanceof ConnectorFailure)) throw error
    if (error.code === 'auth_expired') await markRevoked(services, ref)
    services.log.warn(
      { workspaceId, accountId, code: error.code, err: error.cause },
      'a sync failed; its posts stay due',
    )
  }
}

async function syncProfile(
  services: Services,
  ref: AccountToSync,
  account: OpenedAccount,
  read: ReadCapability,
): Promise<void> {
  const profile = await read.profile(network(services), account.session)
  const now = services.clock.now()
  await services.doors.withWorkspace(ref.workspaceId, (tx) =>
    updateAccount(tx, ref.workspaceId, ref.accountId, {
      ...profileColumns(profile, now),
      health: 'healthy',
      health_reason: null,
      last_synced_at: now,
    }),
  )
}

interface Batch {
  readonly account: OpenedAccount
  readonly batch: readonly PostToSync[]
  readonly told: readonly PostMetrics[]
  readonly syncLogId: string
}

/** Snapshots, the posts' next turns, and the facts for ClickHouse: all of a batch or nothing of it. */
async function keep(
  services: Services,
  ref: AccountToSync,
  { account, batch, told, syncLogId }: Batch,
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
        platform: account.connector.platform,
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

/**
 * A network's readers learn of a new post a moment after its server does: a young post that is missing is asked
 * for again soon; an older one has been removed.
 */
function afterMissing(post: PostToSync, now: Date): { next_sync_at: Date | null; removed_at: Date | null } {
  const ageMs = now.getTime() - post.published_at.getTime()
  if (ageMs > indexedWithinMs) return { next_sync_at: null, removed_at: now }
  return { next_sync_at: new Date(now.getTime() + Math.max(soonestMs, ageMs / 2)), removed_at: null }
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

const network = ({ fetch, clock }: Services): ConnectorContext => ({
  fetch,
  clock,
  signal: AbortSignal.timeout(callTimeoutMs),
})
