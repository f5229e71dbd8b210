import { z } from 'zod'
import type { PublicationIdentity, RenderedPost, Segment } from '../connector.ts'

/** What `upload` hands to `send`: the image list of an `app.bsky.embed.images`, in its JSON form. */
export const uploadedImages = z.array(
  z.object({
    image: z.object({
      $type: z.literal('blob'),
      ref: z.object({ $link: z.string() }),
      mimeType: z.string(),
      size: z.number(),
    }),
    alt: z.string(),
    aspectRatio: z.object({ width: z.number(), height: z.number() }),
  }),
)
export type UploadedImages = z.infer<typeof uploadedImages>

type Feature =
  | { $type: 'app.bsky.richtext.facet#link'; uri: string }
  | { $type: 'app.bsky.richtext.facet#tag'; tag: string }
  | { $type: 'app.bsky.richtext.facet#mention'; did: string }

export interface Facet {
  $type: 'app.bsky.richtext.facet'
  index: { byteStart: number; byteEnd: number }
  features: Feature[]
}

export interface PostRecord {
  $type: 'app.bsky.feed.post'
  text: string
  createdAt: string
  facets?: Facet[]
  embed?: { $type: 'app.bsky.embed.images'; images: UploadedImages }
}

function featureOf(segment: Segment): Feature | null {
  if (segment.kind === 'link') return { $type: 'app.bsky.richtext.facet#link', uri: segment.url }
  if (segment.kind === 'hashtag') return { $type: 'app.bsky.richtext.facet#tag', tag: segment.tag }
  if (segment.kind === 'mention' && segment.platformAccountId !== null) {
    return { $type: 'app.bsky.richtext.facet#mention', did: segment.platformAccountId }
  }
  return null
}

/** Facets of the rendered segments; their indexes count bytes of the text in UTF-8. */
export function facetsOf(segments: readonly Segment[]): Facet[] {
  const facets: Facet[] = []
  let byteStart = 0
  for (const segment of segments) {
    const byteEnd = byteStart + Buffer.byteLength(segment.text)
    const feature = featureOf(segment)
    if (feature)
      facets.push({ $type: 'app.bsky.richtext.facet', index: { byteStart, byteEnd }, features: [feature] })
    byteStart = byteEnd
  }
  return facets
}

/** The record of a post. It is a pure function of its arguments, so that a repeated send is the same. */
export function buildRecord(
  identity: PublicationIdentity,
  rendered: RenderedPost,
  images: UploadedImages,
): PostRecord {
  if (rendered.segments.map(({ text }) => text).join('') !== rendered.text) {
    throw new Error('the segments of a rendered post do not make up its text')
  }
  const facets = facetsOf(rendered.segments)
  return {
    $type: 'app.bsky.feed.post',
    text: rendered.text,
    createdAt: identity.createdAt.toISOString(),
    ...(facets.length > 0 ? { facets } : {}),
    ...(images.length > 0 ? { embed: { $type: 'app.bsky.embed.images', images } } : {}),
  }
}
