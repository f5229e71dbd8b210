import { z } from 'zod'

const Facet = z.object({
  index: z.object({ byteStart: z.int(), byteEnd: z.int() }),
  features: z.array(
    z.object({
      $type: z.string(),
      uri: z.string().optional(),
      did: z.string().optional(),
      tag: z.string().optional(),
    }),
  ),
})
const PostRecord = z.object({ text: z.string(), facets: z.array(Facet).default([]) })

/** Reads a Bluesky record the way any client shows it, without the connector that is under test. */
export function segmentsOfRecord(record: unknown): object[] {
  const { text, facets } = PostRecord.parse(record)
  const bytes = Buffer.from(text)
  const segments: object[] = []
  let at = 0
  const plain = (end: number) => {
    if (end > at) segments.push({ kind: 'text', text: bytes.subarray(at, end).toString() })
  }
  for (const { index, features } of facets.toSorted(
    (one, other) => one.index.byteStart - other.index.byteStart,
  )) {
    plain(index.byteStart)
    const shown = bytes.subarray(index.byteStart, index.byteEnd).toString()
    const [feature] = features
    if (feature?.uri) segments.push({ kind: 'link', text: shown, url: feature.uri })
    else if (feature?.tag) segments.push({ kind: 'hashtag', text: shown, tag: feature.tag })
    else if (feature?.did) segments.push({ kind: 'mention', text: shown, platformAccountId: feature.did })
    at = index.byteEnd
  }
  plain(bytes.length)
  return segments
}
