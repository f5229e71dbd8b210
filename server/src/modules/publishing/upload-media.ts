import { randomUUID } from 'node:crypto'
import type { Metadata } from 'sharp'
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

/** How each readable format begins, at which byte: nothing else comes near a decoder. */
const beginnings: readonly [bytes: Buffer, at: number][] = [
  [Buffer.from('ffd8ff', 'hex'), 0],
  [Buffer.from('89504e470d0a1a0a', 'hex'), 0],
  [Buffer.from('GIF8'), 0],
  [Buffer.from('WEBP'), 8],
]
const isReadable = (file: Buffer) =>
  beginnings.some(([bytes, at]) => file.subarray(at, at + bytes.length).equals(bytes))

/** Keeps an image as it was sent. What it really is decides, not what the sender calls it. */
export async function uploadMedia(ctx: WorkspaceContext, bytes: Buffer): Promise<Media> {
  if (!isReadable(bytes)) throw noImage()
  const facts = await readWhole(bytes).catch((cause: unknown) => {
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

/** Decodes every row, so that a file that breaks off is refused here and not when it is due to go out. */
async function readWhole(bytes: Buffer): Promise<Metadata> {
  const { default: sharp } = await import('sharp')
  const image = sharp(bytes, { limitInputPixels: mostPixels })
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
