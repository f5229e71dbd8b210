import type { PlatformLimits } from '../connector.ts'

/**
 * From the lexicons `app.bsky.feed.post` (text) and `app.bsky.embed.images` (number and size of images).
 * The length of an alternative text and the edge of an image are the official app's own limits.
 */
export const limits: PlatformLimits = {
  text: { unit: 'graphemes', max: 300, maxBytes: 3_000 },
  images: {
    max: 4,
    maxBytes: 2_000_000,
    maxEdgePx: 2_000,
    mimeTypes: ['image/jpeg', 'image/png', 'image/webp'],
    altTextMax: 2_000,
  },
}

/** From `app.bsky.richtext.facet#tag`; the official detection counts graphemes only. */
export const tagMaxBytes = 640
