import type { Segment } from '../api/types.ts'

/** A post's text with links, tags and mentions coloured as on the network. Nothing in it can be clicked. */
export function Segments({ segments }: { segments: readonly Segment[] }) {
  return (
    <p className="text-base whitespace-pre-wrap" dir="auto">
      {segments.map((segment, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: segments have no identity but their place
        <span key={index} className={isLinked(segment) ? 'text-link' : ''}>
          {segment.text}
        </span>
      ))}
    </p>
  )
}

const isLinked = (segment: Segment): boolean =>
  segment.kind === 'link' ||
  segment.kind === 'hashtag' ||
  (segment.kind === 'mention' && segment.platformAccountId !== null)
