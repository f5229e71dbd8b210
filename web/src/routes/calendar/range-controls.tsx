import { Link } from '@tanstack/react-router'
import { buttonClass } from '../../ui/button.tsx'
import { Icon } from '../../ui/icon.tsx'
import type { CalendarSearch } from '../search.ts'
import { useHere } from '../shell/workspace-context.ts'
import { neighbour, type Range, showing } from './days.ts'

export function RangeControls({ range, today }: { range: Range; today: string }) {
  const { workspace } = useHere()
  const params = { workspaceId: workspace.id }
  const to = '/w/$workspaceId/calendar'
  // Switching the view keeps the place: the week of today if it is in sight, else the first one shown.
  const days = range.weeks.flat()
  const anchor = days.includes(today) ? today : (days.find((day) => day.startsWith(range.month)) ?? today)
  const views: { view: 'month' | 'week'; label: string; search: CalendarSearch }[] = [
    { view: 'month', label: 'Month', search: showing(anchor, 'month') },
    { view: 'week', label: 'Week', search: showing(anchor, 'week') },
  ]
  return (
    <>
      <nav aria-label="View" className="flex rounded-md border border-edge bg-surface p-0.5">
        {views.map(({ view, label, search }) => (
          <Link
            key={view}
            to={to}
            params={params}
            search={search}
            aria-current={view === range.view ? 'page' : undefined}
            className={`flex min-h-8 items-center rounded-sm px-3 text-sm ${
              view === range.view ? 'bg-ink font-semibold text-canvas' : 'text-quiet hover:text-ink'
            }`}
          >
            {label}
          </Link>
        ))}
      </nav>
      <nav aria-label="Range" className="flex items-center gap-1">
        <Link
          to={to}
          params={params}
          search={neighbour(range, -1)}
          aria-label={`Previous ${range.view}`}
          className={buttonClass('quiet')}
        >
          <Icon name="left" />
        </Link>
        <Link to={to} params={params} search={showing(today, range.view)} className={buttonClass('plain')}>
          Today
        </Link>
        <Link
          to={to}
          params={params}
          search={neighbour(range, 1)}
          aria-label={`Next ${range.view}`}
          className={buttonClass('quiet')}
        >
          <Icon name="right" />
        </Link>
      </nav>
    </>
  )
}
