import { z } from 'zod'
import { invalidInput, notFound } from '../../infra/errors.ts'
import type { Tx } from '../../infra/postgres/doors.ts'
import type { WorkspaceContext } from '../services.ts'
import {
  type ContentCursor,
  type ContentRow,
  findContent,
  listContent,
  listContentMedia,
} from './queries-content.ts'
import { listPublications } from './queries-publications.ts'
import type { Content, ContentListQuery, ContentPage } from './schema.ts'

/** One content with its images, publications and latest numbers. */
export async function readContent(ctx: WorkspaceContext, contentId: string): Promise<Content> {
  return ctx.doors.withActor(ctx.actor, ctx.workspaceId, (tx) => loadContent(tx, ctx.workspaceId, contentId))
}

export async function loadContent(tx: Tx, workspaceId: string, contentId: string): Promise<Content> {
  const row = await findContent(tx, workspaceId, contentId)
  if (!row) throw notFound()
  const [content] = await complete(tx, workspaceId, [row])
  if (!content) throw notFound()
  return content
}

/** A page of content, newest first by the time when it went out, is planned, or was written. */
export async function pageContent(ctx: WorkspaceContext, query: ContentListQuery): Promise<ContentPage> {
  const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor)
  return ctx.doors.withActor(ctx.actor, ctx.workspaceId, async (tx) => {
    const rows = await listContent(tx, ctx.workspaceId, { ...query, limit: query.limit + 1, after })
    const page = rows.slice(0, query.limit)
    const last = rows.length > query.limit ? page.at(-1) : undefined
    return {
      items: await complete(tx, ctx.workspaceId, page),
      nextCursor: last ? `${last.time}_${last.id}` : null,
    }
  })
}

/** Year 0 has the form of an instant and is none. */
const Cursor = z.tuple([z.iso.datetime().regex(/^(?!0000)/), z.guid()])

function decodeCursor(cursor: string): ContentCursor {
  const told = Cursor.safeParse(cursor.split('_'))
  if (!told.success) {
    const message = 'is not one that a page gave: leave it out to start from the newest'
    throw invalidInput(`cursor ${message}`, { faults: [{ field: 'cursor', message }] })
  }
  const [time, id] = told.data
  return { time, id }
}

async function complete(tx: Tx, workspaceId: string, rows: readonly ContentRow[]): Promise<Content[]> {
  const ids = rows.map(({ id }) => id)
  const media = await listContentMedia(tx, workspaceId, ids)
  const publications = await listPublications(tx, workspaceId, ids)
  return rows.map((row) => ({
    id: row.id,
    text: row.text,
    status: row.status,
    scheduledFor: row.scheduled_for?.toISOString() ?? null,
    publishedAt: row.published_at?.toISOString() ?? null,
    createdBy: row.author,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    media: media
      .filter(({ contentId }) => contentId === row.id)
      .map(({ contentId: _, storageKey: __, ...shown }) => shown),
    publications: publications
      .filter(({ contentId }) => contentId === row.id)
      .map(({ contentId: _, ...shown }) => shown),
  }))
}
