import { useRouter } from '@tanstack/react-router'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import type { Content } from '../../api/types.ts'
import { addDays } from '../../time/zone.ts'
import { useHere } from '../shell/workspace-context.ts'
import { CalendarDay } from './calendar-day.tsx'
import { type Range, showing } from './days.ts'

const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }

interface CalendarGridProps {
  range: Range
  days: ReadonlyMap<string, readonly Content[]>
  today: string
}

/** Arrow keys move from day to day, also past the edge of what is shown; one day at a time is in the tab order. */
export function CalendarGrid({ range, days, today }: CalendarGridProps) {
  const { workspace } = useHere()
  const router = useRouter()
  const shown = range.weeks.flat()
  const [active, setActive] = useState(today)
  const current = shown.includes(active) ? active : (shown.find((day) => day.startsWith(range.month)) ?? '')
  const grid = useRef<HTMLTableElement>(null)
  const moving = useRef(false)

  useEffect(() => {
    if (!moving.current) return
    moving.current = false
    grid.current?.querySelector<HTMLElement>(`[data-day="${current}"]`)?.focus()
  }, [current])

  const move = (event: KeyboardEvent) => {
    const step = steps[event.key]
    if (step === undefined || !(event.target instanceof HTMLElement && event.target.dataset.day)) return
    event.preventDefault()
    const rightToLeft = getComputedStyle(event.currentTarget).direction === 'rtl'
    const next = addDays(current, rightToLeft && Math.abs(step) === 1 ? -step : step)
    moving.current = true
    setActive(next)
    if (!shown.includes(next)) {
      void router.navigate({
        to: '/w/$workspaceId/calendar',
        params: { workspaceId: workspace.id },
        search: showing(next, range.view),
        replace: true,
        resetScroll: false,
      })
    }
  }

  return (
    // A table with moving focus is what a grid is.
    <table
      ref={grid}
      // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: see above
      role="grid"
      aria-label="Posts by day"
      onKeyDown={move}
      className="w-full table-fixed border-collapse overflow-hidden rounded-lg bg-surface"
    >
      <thead>
        <tr>
          {weekdays.map((name) => (
            <th key={name} scope="col" className="border border-line p-1.5 text-xs font-medium text-quiet">
              <abbr title={name} className="no-underline">
                {name.slice(0, 3)}
              </abbr>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {range.weeks.map((week) => (
          <tr key={week[0]}>
            {week.map((day) => (
              <CalendarDay
                key={day}
                day={day}
                posts={days.get(day) ?? []}
                view={range.view}
                outside={range.view === 'month' && !day.startsWith(range.month)}
                today={today}
                inTabOrder={day === current}
                onFocus={() => setActive(day)}
              />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
