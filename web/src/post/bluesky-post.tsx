import type { Segment } from '../api/types.ts'
import { Avatar } from '../ui/avatar.tsx'
import { ImageGrid, type ShownImage } from './image-grid.tsx'
import { Segments } from './segments.tsx'

interface BlueskyPostProps {
  displayName: string | null
  username: string
  avatarUrl: string | null
  /** "now" or how long ago, as the network says it. */
  when: string
  segments: readonly Segment[]
  images: readonly ShownImage[]
}

/** A post as Bluesky shows it in a feed. */
export function BlueskyPost({ displayName, username, avatarUrl, when, segments, images }: BlueskyPostProps) {
  return (
    <article className="flex gap-2.5">
      <Avatar name={displayName ?? username} url={avatarUrl} size={42} />
      <div className="min-w-0 grow">
        <p className="flex min-w-0 items-baseline gap-1 text-base">
          <span className="truncate font-semibold">{displayName || username}</span>
          <span className="min-w-12 shrink-4 truncate text-sm text-quiet">@{username}</span>
          <span className="shrink-0 text-sm text-quiet">· {when}</span>
        </p>
        <Segments segments={segments} />
        <ImageGrid images={images} />
      </div>
    </article>
  )
}
