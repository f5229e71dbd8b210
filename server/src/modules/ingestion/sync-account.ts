import { ConnectorFailure } from '../../connectors/failure.ts'
import { findTokenVersion, postponeSyncs, resumeSyncs, updateSyncedAccount } from '../accounts/index.ts'
import type { Services } from '../services.ts'
import { type AccountReader, openReader } from './account-reader.ts'
import { keepBatch, type UnreadablePost } from './keep-batch.ts'
import { failAbandonedSyncs, finishSyncLog, insertSyncLog, listPostsToSync } from './queries.ts'
import type { AccountToSync } from './schema.ts'

const postsPerSync = 500
/** Of posts that could not be read, so many are named in the log of the run. */
const mostNamed = 3

/**
 * Reads the account's own counts and the numbers of its posts, and writes one snapshot for each post that the
 * network told about. Every run is logged; what a run that fails did not come to stays due, and is asked for again
 * after a pause that grows with every failure. A post whose answer cannot be read costs no other its numbers.
 */
export async function syncAccount(services: Services, ref: AccountToSync): Promise<void> {
  const { workspaceId, accountId } = ref
  const now = services.clock.now()
  const { posts, syncLogId, version } = await services.doors.withWorkspace(workspaceId, async (tx) => {
    await failAbandonedSyncs(tx, workspaceId, accountId)
    return {
      posts: await listPostsToSync(tx, workspaceId, accountId, ref.all ? null : now, postsPerSync),
      syncLogId: await insertSyncLog(tx, workspaceId, accountId),
      version: await findTokenVersion(tx, workspaceId, accountId),
    }
  })
  let processed = 0
  const unreadable: UnreadablePost[] = []
  let reader: AccountReader | undefined
  try {
    reader = await openReader(services, ref)
    await syncProfile(services, ref, reader)
    for (let start = 0; start < posts.length; start += reader.postsPerCall) {
      const batch = posts.slice(start, start + reader.postsPerCall)
      const told = await reader.postMetrics(batch.map((post) => post.platform_post_id))
      const lost = await keepBatch(services, ref, { platform: reader.platform, batch, told, syncLogId })
      unreadable.push(...lost)
      processed += batch.length - lost.length
    }
    await services.doors.withWorkspace(workspaceId, (tx) => resumeSyncs(tx, workspaceId, accountId))
    const error = unreadable.length ? explain(unreadable) : null
    await finish(services, ref, syncLogId, {
      status: 'completed',
      processed,
      failed: unreadable.length,
      error,
    })
    if (error)
      services.log.warn({ workspaceId, accountId, unreadable }, 'posts of an answer could not be read')
  } catch (error) {
    const reason = error instanceof ConnectorFailure ? error.message : 'Something went wrong on our side.'
    await finish(services, ref, syncLogId, {
      status: 'failed',
      processed,
      failed: posts.length - processed,
      error: unreadable.length ? `${reason} Before that: ${explain(unreadable)}` : reason,
    })
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

async function finish(
  services: Services,
  { workspaceId }: AccountToSync,
  syncLogId: string,
  result: Parameters<typeof finishSyncLog>[3],
): Promise<void> {
  await services.doors.withWorkspace(workspaceId, (tx) => finishSyncLog(tx, workspaceId, syncLogId, result))
}

function explain(unreadable: readonly UnreadablePost[]): string {
  const named = unreadable
    .slice(0, mostNamed)
    .map(({ platformPostId, reason }) => `${platformPostId} (${reason})`)
  const more = unreadable.length > named.length ? ` and ${unreadable.length - named.length} more` : ''
  return `The network told of ${unreadable.length === 1 ? 'a post' : `${unreadable.length} posts`} in a way that could not be read: ${named.join(', ')}${more}.`
}
