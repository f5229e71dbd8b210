import { sql } from 'kysely'
import type { z } from 'zod'
import { type Platform, type PostMetricName, postMetricNames } from '../../connectors/connector.ts'
import { storableAnswer, storableText } from '../../infra/outbound-http/told-text.ts'
import type { Tx } from '../../infra/postgres/doors.ts'
import type { postPublished } from '../publishing/index.ts'
import { SnapshotFact } from './schema.ts'

export interface PostToSync {
  readonly id: string
  readonly platform_post_id: string
  readonly published_at: Date
  readonly unchanged_syncs: number
  readonly missing_since: Date | null
  readonly removed_at: Date | null
  readonly content_id: string | null
  readonly latest: Partial<Record<PostMetricName, number>>
}

/** Keeps a post that was just published; a second notice of the same post changes nothing. */
export async function insertPublishedPost(
  tx: Tx,
  post: z.infer<typeof postPublished.payload>,
  platform: Platform,
): Promise<void> {
  const publishedAt = new Date(post.publishedAt)
  await tx
    .insertInto('published_posts')
    .values({
      workspace_id: post.workspaceId,
      social_account_id: post.accountId,
      publication_id: post.publicationId,
      platform,
      platform_post_id: post.platformPostId,
      permalink: post.url,
      text: post.text,
      published_at: publishedAt,
      next_sync_at: publishedAt,
    })
    .onConflict((conflict) =>
      conflict.columns(['workspace_id', 'social_account_id', 'platform_post_id']).doNothing(),
    )
    .execute()
}

/** Posts of an account that are due, the longest first; null: whether due or not, those without a turn last. */
export async function listPostsToSync(
  tx: Tx,
  workspaceId: string,
  accountId: string,
  now: Date | null,
  limit: number,
): Promise<PostToSync[]> {
  let posts = tx
    .selectFrom('published_posts as pp')
    .leftJoin('publications as p', (join) =>
      join.onRef('p.workspace_id', '=', 'pp.workspace_id').onRef('p.id', '=', 'pp.publication_id'),
    )
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom('post_snapshots as ps')
          .selectAll()
          .whereRef('ps.workspace_id', '=', 'pp.workspace_id')
          .whereRef('ps.published_post_id', '=', 'pp.id')
          // Months that are still to come have a partition already; clocks may differ, by no more than a day.
          .where('ps.captured_at', '<', sql<Date>`now() + interval '1 day'`)
          .orderBy('ps.captured_at', 'desc')
          .limit(1)
          .as('s'),
      (join) => join.onTrue(),
    )
    .select(['pp.id', 'pp.platform_post_id', 'pp.published_at', 'pp.unchanged_syncs', 'pp.missing_since'])
    .select(['pp.removed_at', 'p.content_id'])
    .select(postMetricNames.map((name) => `s.${name}` as const))
    .where('pp.workspace_id', '=', workspaceId)
    .where('pp.social_account_id', '=', accountId)
  if (now) posts = posts.where('pp.next_sync_at', '<=', now)
  const rows = await posts.orderBy('pp.next_sync_at').limit(limit).execute()
  return rows.map((row) => ({
    id: row.id,
    platform_post_id: row.platform_post_id,
    published_at: row.published_at,
    unchanged_syncs: row.unchanged_syncs,
    missing_since: row.missing_since,
    removed_at: row.removed_at,
    content_id: row.content_id,
    latest: Object.fromEntries(
      postMetricNames.flatMap((name) => (row[name] === null ? [] : [[name, row[name]]])),
    ),
  }))
}

/**
 * Fails the runs of an account that their process left behind. A person's sync and the one of what is due may run side
 * by side, each then with its own record; half an hour is several times what the time limits of its calls allow a run.
 * One that goes on after all says in the end what became of it.
 */
export async function failAbandonedSyncs(tx: Tx, workspaceId: string, accountId: string): Promise<void> {
  await tx
    .updateTable('sync_logs')
    .set({
      status: 'failed',
      completed_at: sql<Date>`now()`,
      error_message: 'The run was cut off: its process ended before it was done.',
    })
    .where('workspace_id', '=', workspaceId)
    .where('social_account_id', '=', accountId)
    .where('status', '=', 'started')
    .where('started_at', '<', sql<Date>`now() - interval '30 minutes'`)
    .execute()
}

export async function insertSyncLog(tx: Tx, workspaceId: string, accountId: string): Promise<string> {
  const row = await tx
    .insertInto('sync_logs')
    .values({ workspace_id: workspaceId, social_account_id: accountId, sync_type: 'incremental' })
    .returning('id')
    .executeTakeFirstOrThrow()
  return row.id
}

export async function finishSyncLog(
  tx: Tx,
  workspaceId: string,
  syncLogId: string,
  result: { status: 'completed' | 'failed'; processed: number; failed: number; error: string | null },
): Promise<void> {
  await tx
    .updateTable('sync_logs')
    .set({
      status: result.status,
      completed_at: sql<Date>`now()`,
      records_processed: result.processed,
      records_failed: result.failed,
      error_message: result.error && storableText(result.error),
    })
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', syncLogId)
    .execute()
}

/** One snapshot and, in the same transaction, its fact for ClickHouse. The same snapshot twice is one. */
export async function insertSnapshot(
  tx: Tx,
  workspaceId: string,
  fact: SnapshotFact,
  origin: { syncLogId: string; raw: unknown },
): Promise<void> {
  const inserted = await tx
    .insertInto('post_snapshots')
    .values({
      workspace_id: workspaceId,
      published_post_id: fact.publishedPostId,
      captured_at: new Date(fact.capturedAt),
      source: 'api',
      sync_log_id: origin.syncLogId,
      raw: JSON.stringify(storableAnswer(origin.raw)),
      ...fact.metrics,
    })
    .onConflict((conflict) =>
      conflict.columns(['workspace_id', 'published_post_id', 'captured_at', 'source']).doNothing(),
    )
    .executeTakeFirst()
  if (!inserted.numInsertedOrUpdatedRows) return
  await tx
    .insertInto('outbox')
    .values({ workspace_id: workspaceId, topic: 'snapshot', payload: JSON.stringify(fact) })
    .execute()
}

export async function updateSyncedPost(
  tx: Tx,
  workspaceId: string,
  postId: string,
  set: {
    next_sync_at: Date | null
    last_synced_at?: Date
    unchanged_syncs?: number
    missing_since?: Date | null
    removed_at?: Date | null
  },
): Promise<void> {
  await tx
    .updateTable('published_posts')
    .set(set)
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', postId)
    .execute()
}

export async function findPublishedPost(
  tx: Tx,
  workspaceId: string,
  postId: string,
): Promise<{ id: string; platform: Platform } | undefined> {
  return tx
    .selectFrom('published_posts')
    .select(['id', 'platform'])
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', postId)
    .executeTakeFirst()
}

/** Across workspaces, for dispatch: active accounts with posts whose numbers are due, unless syncs just failed. */
export async function listAccountsToSync(
  tx: Tx,
  now: Date,
): Promise<{ workspaceId: string; accountId: string }[]> {
  return tx
    .selectFrom('social_accounts as a')
    .select(['a.workspace_id as workspaceId', 'a.id as accountId'])
    .where('a.status', '=', 'active')
    .where((eb) => eb.or([eb('a.sync_after', 'is', null), eb('a.sync_after', '<=', now)]))
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('published_posts as pp')
          .select('pp.id')
          .whereRef('pp.workspace_id', '=', 'a.workspace_id')
          .whereRef('pp.social_account_id', '=', 'a.id')
          .where('pp.next_sync_at', '<=', now),
      ),
    )
    .limit(5_000)
    .execute()
}

export interface OutboxRow {
  readonly workspace_id: string
  readonly id: number
  readonly payload: unknown
}

export async function listOutbox(tx: Tx, limit: number): Promise<OutboxRow[]> {
  return tx
    .selectFrom('outbox')
    .select(['workspace_id', 'id', 'payload'])
    .where('topic', '=', 'snapshot')
    .orderBy('id')
    .limit(limit)
    .execute()
}

export async function deleteOutbox(tx: Tx, rows: readonly OutboxRow[]): Promise<void> {
  if (!rows.length) return
  await tx
    .deleteFrom('outbox')
    .where('id', '=', sql<number>`any(${rows.map(({ id }) => id)}::bigint[])`)
    .execute()
}

/** Tells whoever looks at these posts that the course of their numbers has grown, once for each post. */
export async function notifyCarried(tx: Tx, rows: readonly OutboxRow[]): Promise<void> {
  const notices = rows.map(({ workspace_id, payload }) => {
    const { publishedPostId } = SnapshotFact.parse(payload)
    return JSON.stringify({ workspaceId: workspace_id, type: 'numbers', id: publishedPostId })
  })
  await sql`select pg_notify('heliograph_changes', notice)
    from unnest(${[...new Set(notices)]}::text[]) as notice`.execute(tx)
}
