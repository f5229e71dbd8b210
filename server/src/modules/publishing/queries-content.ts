import { type ExpressionBuilder, sql } from 'kysely'
import { anyOf } from '../../infra/postgres/any-of.ts'
import type { Tx } from '../../infra/postgres/doors.ts'
import type { DB } from '../../infra/postgres/schema.generated.ts'
import type { ContentListQuery, ContentMedia, ContentStatus, Media } from './schema.ts'

export interface ContentRow {
  readonly id: string
  readonly text: string
  readonly status: ContentStatus
  readonly scheduled_for: Date | null
  readonly published_at: Date | null
  readonly created_at: Date
  readonly updated_at: Date
  readonly author: string | null
}

const contentOf = (tx: Tx, workspaceId: string) =>
  tx
    .selectFrom('content as c')
    .leftJoin('users as u', 'u.id', 'c.created_by')
    .select([
      'c.id',
      'c.text',
      'c.status',
      'c.scheduled_for',
      'c.published_at',
      'c.created_at',
      'c.updated_at',
    ])
    .select('u.name as author')
    .where('c.workspace_id', '=', workspaceId)

export async function findContent(
  tx: Tx,
  workspaceId: string,
  contentId: string,
): Promise<ContentRow | undefined> {
  return contentOf(tx, workspaceId).where('c.id', '=', contentId).executeTakeFirst()
}

/**
 * The first lock of whoever changes a content or settles one of its publications, so that nobody adds an account
 * to what is being planned and no two wait for each other. False: there is no such content.
 */
export async function lockContent(tx: Tx, workspaceId: string, contentId: string): Promise<boolean> {
  const row = await tx
    .selectFrom('content')
    .select('id')
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', contentId)
    .forUpdate()
    .executeTakeFirst()
  return row !== undefined
}

/** For jobs, which see no people. */
export async function findContentText(
  tx: Tx,
  workspaceId: string,
  contentId: string,
): Promise<string | undefined> {
  const row = await tx
    .selectFrom('content')
    .select('text')
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', contentId)
    .executeTakeFirst()
  return row?.text
}

export interface ContentCursor {
  /** An instant as PostgreSQL told it, with its microseconds: a `Date` would lose them, and rows between two pages. */
  readonly time: string
  readonly id: string
}

export async function listContent(
  tx: Tx,
  workspaceId: string,
  query: Pick<ContentListQuery, 'status' | 'from' | 'to' | 'limit'> & { after?: ContentCursor | undefined },
): Promise<(ContentRow & { time: string })[]> {
  let rows = contentOf(tx, workspaceId).select((eb) =>
    sql<string>`to_char(${eb.ref('c.timeline_at')} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`.as(
      'time',
    ),
  )
  const { status, from, to, after } = query
  if (status) rows = rows.where('c.status', '=', status)
  if (from) rows = rows.where('c.timeline_at', '>=', new Date(from))
  if (to) rows = rows.where('c.timeline_at', '<', new Date(to))
  if (after) {
    rows = rows.where(
      (eb) =>
        sql<boolean>`(${eb.ref('c.timeline_at')}, ${eb.ref('c.id')}) < (${after.time}::timestamptz, ${after.id}::uuid)`,
    )
  }
  return rows.orderBy('c.timeline_at', 'desc').orderBy('c.id', 'desc').limit(query.limit).execute()
}

export async function insertContent(
  tx: Tx,
  row: { workspaceId: string; text: string; createdBy: string },
): Promise<string> {
  const created = await tx
    .insertInto('content')
    .values({ workspace_id: row.workspaceId, text: row.text, created_by: row.createdBy })
    .returning('id')
    .executeTakeFirstOrThrow()
  return created.id
}

export async function updateContent(
  tx: Tx,
  workspaceId: string,
  contentId: string,
  set: { text?: string; status?: ContentStatus; scheduled_for?: Date | null },
): Promise<void> {
  await tx
    .updateTable('content')
    .set(set)
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', contentId)
    .execute()
}

export async function deleteContent(tx: Tx, workspaceId: string, contentId: string): Promise<void> {
  await tx.deleteFrom('content').where('workspace_id', '=', workspaceId).where('id', '=', contentId).execute()
}

const publicationsIn = (eb: ExpressionBuilder<DB, 'content'>, workspaceId: string, contentId: string) =>
  eb
    .selectFrom('publications as p')
    .select('p.id')
    .where('p.workspace_id', '=', workspaceId)
    .where('p.content_id', '=', contentId)

/** Makes the content published once every publication has come to its end and at least one went out. */
export async function settleContent(tx: Tx, workspaceId: string, contentId: string): Promise<void> {
  await tx
    .updateTable('content')
    .set((eb) => ({
      status: 'published',
      published_at: publicationsIn(eb, workspaceId, contentId)
        .clearSelect()
        .select((inner) => inner.fn.min('p.published_at').as('first')),
    }))
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', contentId)
    .where((eb) => eb.exists(publicationsIn(eb, workspaceId, contentId).where('p.status', '=', 'published')))
    .where((eb) =>
      eb.not(
        eb.exists(
          publicationsIn(eb, workspaceId, contentId).where('p.status', 'not in', [
            'published',
            'failed',
            'cancelled',
          ]),
        ),
      ),
    )
    .execute()
}

/** Replaces the images of a content, in the order given. */
export async function replaceContentMedia(
  tx: Tx,
  workspaceId: string,
  contentId: string,
  media: readonly { mediaId: string; altText: string }[],
): Promise<void> {
  await tx
    .deleteFrom('content_media')
    .where('workspace_id', '=', workspaceId)
    .where('content_id', '=', contentId)
    .execute()
  if (!media.length) return
  const rows = media.map(({ mediaId, altText }, position) => ({
    workspace_id: workspaceId,
    content_id: contentId,
    position,
    media_id: mediaId,
    alt_text: altText,
  }))
  await tx.insertInto('content_media').values(rows).execute()
}

type MediaColumns = {
  id: string
  mime_type: string
  width_px: number | null
  height_px: number | null
  size_bytes: number
}

const toMedia = (workspaceId: string, row: MediaColumns): Media => ({
  id: row.id,
  mimeType: row.mime_type,
  widthPx: row.width_px,
  heightPx: row.height_px,
  sizeBytes: row.size_bytes,
  url: `/api/v1/workspaces/${workspaceId}/media/${row.id}`,
})

export async function listContentMedia(
  tx: Tx,
  workspaceId: string,
  contentIds: readonly string[],
): Promise<(ContentMedia & { contentId: string; storageKey: string })[]> {
  if (!contentIds.length) return []
  const rows = await tx
    .selectFrom('content_media as cm')
    .innerJoin('media as m', (join) =>
      join.onRef('m.workspace_id', '=', 'cm.workspace_id').onRef('m.id', '=', 'cm.media_id'),
    )
    .select(['cm.content_id', 'cm.alt_text', 'm.storage_key'])
    .select(['m.id', 'm.mime_type', 'm.width_px', 'm.height_px', 'm.size_bytes'])
    .where('cm.workspace_id', '=', workspaceId)
    .where('cm.content_id', '=', anyOf(contentIds))
    .orderBy('cm.content_id')
    .orderBy('cm.position')
    .execute()
  return rows.map((row) => ({
    ...toMedia(workspaceId, row),
    altText: row.alt_text,
    contentId: row.content_id,
    storageKey: row.storage_key,
  }))
}

export async function insertMedia(
  tx: Tx,
  row: {
    workspaceId: string
    storageKey: string
    mimeType: string
    sizeBytes: number
    widthPx: number
    heightPx: number
    createdBy: string
  },
): Promise<Media> {
  const created = await tx
    .insertInto('media')
    .values({
      workspace_id: row.workspaceId,
      storage_key: row.storageKey,
      mime_type: row.mimeType,
      size_bytes: row.sizeBytes,
      width_px: row.widthPx,
      height_px: row.heightPx,
      created_by: row.createdBy,
    })
    .returning(['id', 'mime_type', 'width_px', 'height_px', 'size_bytes'])
    .executeTakeFirstOrThrow()
  return toMedia(row.workspaceId, created)
}

export async function findMediaFile(
  tx: Tx,
  workspaceId: string,
  mediaId: string,
): Promise<{ storageKey: string; mimeType: string } | undefined> {
  return tx
    .selectFrom('media')
    .select(['storage_key as storageKey', 'mime_type as mimeType'])
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', mediaId)
    .executeTakeFirst()
}
