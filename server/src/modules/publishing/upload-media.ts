import { randomUUID } from 'node:crypto'
import type { Metadata } from 'sharp'
import { notFound } from '../../infra/errors.ts'
import type { WorkspaceContext } from '../services.ts'
import { noImage } from './errors.ts'
import { openImage } from './open-image.ts'
import { findMediaFile, insertMedia } from './queries-content.ts'
import type { Media } from './schema.ts'

const readable: Readonly<Record<string, string>> = {
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  gif: 'image/gif',
}

/** Keeps an image as it was sent. What it really is decides, not what the sender calls it. */
export async function uploadMedia(ctx: WorkspaceContext, bytes: Buffer): Promise<Media> {
  const facts = await readWhole(bytes).catch((cause: unknown) => {
    throw noImage(undefined, { cause })
  })
  const mimeType = readable[facts.format ?? '']
  const { width, height } = facts.autoOrient
  if (!mimeType || !width || !height) throw noImage()
  const storageKey = `${ctx.workspaceId}/${randomUUID()}`
  await ctx.storage.put(storageKey, bytes)
  return ctx.doors.withActor(ctx.actor, ctx.workspaceId, (tx) =>
    insertMedia(tx, {
      workspaceId: ctx.workspaceId,
      storageKey,
      mimeType,
      sizeBytes: bytes.length,
      widthPx: width,
      heightPx: height,
      createdBy: ctx.actor.userId,
    }),
  )
}

/** Decodes every row, so that a file that breaks off is refused here and not when it is due to go out. */
async function readWhole(bytes: Buffer): Promise<Metadata> {
  const image = await openImage(bytes)
  const facts = await image.metadata()
  await image.resize({ width: 64, height: 64, fit: 'inside' }).raw().toBuffer()
  return facts
}

export async function readMedia(
  ctx: WorkspaceContext,
  mediaId: string,
): Promise<{ bytes: Buffer; mimeType: string }> {
  const file = await ctx.doors.withActor(ctx.actor, ctx.workspaceId, (tx) =>
    findMediaFile(tx, ctx.workspaceId, mediaId),
  )
  const bytes = file && (await ctx.storage.get(file.storageKey))
  if (!bytes) throw notFound()
  return { bytes, mimeType: file.mimeType }
}
