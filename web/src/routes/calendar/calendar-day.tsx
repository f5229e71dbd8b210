import { Link, useRouter } from '@tanstack/react-router'
import { may } from '../../api/permissions.ts'
import type { Content } from '../../api/types.ts'
import { dayName } from '../../time/wording.ts'
import { suggestedTime } from '../compose/plan.ts'
import { useHere } from '../shell/workspace-context.ts'
import { showing, type View } from './days.ts'
import { PostChip } from './post-chip.tsx'

const chipsInMonth = 3

interface CalendarDayProps {
  day: string
  posts: readonly Content[]
  view: View
  outside: boolean
  today: string
  inTabOrder: boolean
  onFocus: () => void
}

export function CalendarDay({ day, posts, view, outside, today, inTabOrder, onFocus }: CalendarDayProps) {
  const { workspace } = useHere()
  const shown = view === 'week' ? posts : posts.slice(0, chipsInMonth)
  const more = posts.length - shown.length
  return (
    <td
      className={`border border-line p-0 align-top ${outside ? 'bg-sunken/60' : ''} ${view === 'week' ? 'h-14 md:h-72' : 'h-14 md:h-30'}`}
    >
      <DayButton
        day={day}
        count={posts.length}
        today={today}
        inTabOrder={inTabOrder}
        onFocus={onFocus}
        quiet={outside}
      />
      <ul className="hidden gap-1 px-1 pb-1 md:grid">
        {shown.map((content) => (
          <li key={content.id} className="min-w-0">
            <PostChip content={content} lines={view === 'week' ? 3 : 1} />
          </li>
        ))}
        {more > 0 ? (
          <li>
            <Link
              to="/w/$workspaceId/calendar"
              params={{ workspaceId: workspace.id }}
              search={showing(day, 'week')}
              className="block min-h-6 px-1 text-xs text-link"
            >
              {more} more
            </Link>
          </li>
        ) : null}
      </ul>
    </td>
  )
}

interface DayButtonProps {
  day: string
  count: number
  today: string
  inTabOrder: boolean
  onFocus: () => void
  quiet: boolean
}

function DayButton({ day, count, today, inTabOrder, onFocus, quiet }: DayButtonProps) {
  const { workspace } = useHere()
  const router = useRouter()
  const open = day >= today && may(workspace.role, 'write')
  const posts = count === 1 ? '1 post' : count === 0 ? 'no posts' : `${count} posts`
  const write = () => {
    const at = day === today ? suggestedTime(new Date(), workspace.timeZone) : `${day}T09:00`
    void router.navigate({
      to: '/w/$workspaceId/write/{-$contentId}',
      params: { workspaceId: workspace.id },
      search: { at },
    })
  }
  return (
    <button
      type="button"
      data-day={day}
      tabIndex={inTabOrder ? 0 : -1}
      aria-current={day === today ? 'date' : undefined}
      aria-disabled={!open || undefined}
      onFocus={onFocus}
      onClick={() => {
        if (open) write()
      }}
      className={`group flex w-full items-center justify-between p-1.5 text-sm ${quiet ? 'text-faint' : ''}`}
    >
      <span className="sr-only">
        {dayName(day)}
        {day === today ? ', today' : ''}: {posts}.{open ? ' Write for this day' : ''}
      </span>
      <span
        aria-hidden="true"
        className={`inline-flex size-6 shrink-0 items-center justify-center rounded-full ${
          day === today ? 'bg-sun font-bold text-on-sun' : ''
        }`}
      >
        {Number(day.slice(8))}
      </span>
      {open ? (
        <span
          aria-hidden="true"
          className="hidden text-xs text-quiet group-hover:inline group-focus-visible:inline"
        >
          Write
        </span>
      ) : null}
      {count > 0 ? (
        <span
          aria-hidden="true"
          className="rounded-full bg-info-soft px-1.5 text-xs font-medium text-info md:hidden"
        >
          {count}
        </span>
      ) : null}
    </button>
  )
}
