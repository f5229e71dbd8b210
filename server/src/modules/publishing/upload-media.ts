import { randomUUID } from 'node:crypto'
import { notFound } from '../../infra/errors.ts'
import type { WorkspaceContext } from '../services.ts'
import { noImage } from './errors.ts'
import { findMediaFile, insertMedia } from './queries-content.ts'
import type { Media } from './schema.ts'

const readable: Readonly<Record<string, string>> = {
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  gif: 'image/gif',
}
/** More than any camera makes; a small file can otherwise claim pixels that fill the memory. */
const mostPixels = 100_000_000

/** Keeps an image as it was sent. What it really is decides, not what the sender calls it. */
export async function uploadMedia(ctx: WorkspaceContext, bytes: Buffer): Promise<Media> {
  const { default: sharp } = await import('sharp')
  const facts = await sharp(bytes, { limitInputPixels: mostPixels })
    .metadata()
    .catch((cause: unknown) => {
      throw noImage(undefined, { cause })
    })
  const mimeType = readable[facts.format ?? '']
  const { width, height } = facts.autoOrient
  if (!mimeType || !width || !height || width * height > mostPixels) throw noImage()
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
