import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { contentPageQuery } from '../../api/content.ts'
import { cityOf, monthName, shortDay } from '../../time/wording.ts'
import { dayOf } from '../../time/zone.ts'
import { Loaded } from '../../ui/loaded.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Page } from '../../ui/page.tsx'
import { useHere } from '../shell/workspace-context.ts'
import { Agenda } from './agenda.tsx'
import { CalendarGrid } from './calendar-grid.tsx'
import { CalendarSkeleton } from './calendar-skeleton.tsx'
import { byDay, type Range, rangeOf } from './days.ts'
import { RangeControls } from './range-controls.tsx'

const route = getRouteApi('/w/$workspaceId/calendar')
const most = 200

export function CalendarScreen(): ReactNode {
  const { workspace } = useHere()
  const zone = workspace.timeZone
  const today = dayOf(new Date(), zone)
  const range = rangeOf(route.useSearch(), today, zone)
  const posts = useQuery(
    contentPageQuery(workspace.id, {
      from: range.from.toISOString(),
      to: range.to.toISOString(),
      limit: most,
    }),
  )
  return (
    <Page
      title={titleOf(range)}
      documentTitle={`Calendar, ${titleOf(range)}`}
      lead={`Days and times of ${cityOf(zone)}`}
      actions={<RangeControls range={range} today={today} />}
    >
      <Loaded query={posts} skeleton={<CalendarSkeleton weeks={range.weeks.length} />} what="the calendar">
        {({ items, nextCursor }) => {
          const days = byDay(items, zone)
          return (
            <div className="grid gap-4">
              {nextCursor ? (
                <Notice tone="warn">
                  Only the first {most} posts of this range are shown. Use the week view to see all of a week.
                </Notice>
              ) : null}
              <CalendarGrid range={range} days={days} today={today} />
              <Agenda days={days} />
            </div>
          )
        }}
      </Loaded>
    </Page>
  )
}

function titleOf(range: Range): string {
  if (range.view === 'month') return monthName(range.month)
  const days = range.weeks[0] ?? []
  return `${shortDay(days[0] ?? '')} to ${shortDay(days.at(-1) ?? '')}`
}
