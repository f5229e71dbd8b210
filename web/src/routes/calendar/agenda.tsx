import type { Content } from '../../api/types.ts'
import { shortDay } from '../../time/wording.ts'
import { PostChip } from './post-chip.tsx'

/** Under the small grid of a narrow screen: the posts of its days, one after the other. */
export function Agenda({ days }: { days: ReadonlyMap<string, readonly Content[]> }) {
  if (days.size === 0) return null
  return (
    <section aria-label="Posts in this range" className="grid gap-3 md:hidden">
      {[...days].map(([day, posts]) => (
        <div key={day} className="grid gap-1.5">
          <h2 className="text-sm font-semibold">{shortDay(day)}</h2>
          <ul className="grid gap-1.5">
            {posts.map((content) => (
              <li key={content.id}>
                <PostChip content={content} lines={3} />
              </li>
            ))}
          </ul>
        </div>
      ))}
    </section>
  )
}
