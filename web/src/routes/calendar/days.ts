import type { Content } from '../../api/types.ts'
import { addDays, addMonths, dayOf, startOfDay, weekStart } from '../../time/zone.ts'
import type { CalendarSearch } from '../search.ts'

export type View = 'month' | 'week'

export interface Range {
  view: View
  /** "2026-11" of the month that is shown, or of the week's Monday. */
  month: string
  /** Whole weeks, Monday first. */
  weeks: string[][]
  from: Date
  to: Date
}

/** The days a calendar shows, and their instants in the workspace's zone (a day may have 23 or 25 hours). */
export function rangeOf(search: CalendarSearch, today: string, zone: string): Range {
  const view = search.view ?? 'month'
  const month = search.month ?? today.slice(0, 7)
  const first = weekStart(view === 'week' ? (search.day ?? today) : `${month}-01`)
  const after = view === 'week' ? addDays(first, 7) : `${addMonths(month, 1)}-01`
  const weeks: string[][] = []
  for (let monday = first; monday < after; monday = addDays(monday, 7)) {
    weeks.push(Array.from({ length: 7 }, (_, index) => addDays(monday, index)))
  }
  return {
    view,
    month: view === 'week' ? first.slice(0, 7) : month,
    weeks,
    from: startOfDay(first, zone),
    to: startOfDay(addDays(first, weeks.length * 7), zone),
  }
}

/** The neighbouring month or week, as an address. */
export function neighbour(range: Range, step: 1 | -1): CalendarSearch {
  if (range.view === 'month') return { view: 'month', month: addMonths(range.month, step) }
  return { view: 'week', day: addDays(range.weeks[0]?.[0] ?? '', 7 * step) }
}

/** The address that shows a day, in the same view. */
export const showing = (day: string, view: View): CalendarSearch =>
  view === 'month' ? { view, month: day.slice(0, 7) } : { view, day }

export const plannedAt = (content: Content): string | null => content.publishedAt ?? content.scheduledFor

export function byDay(posts: readonly Content[], zone: string): Map<string, Content[]> {
  const days = new Map<string, Content[]>()
  const dated = posts.flatMap((content) => {
    const at = plannedAt(content)
    return at ? [{ content, at }] : []
  })
  for (const { content, at } of dated.toSorted((a, b) => a.at.localeCompare(b.at))) {
    const day = dayOf(new Date(at), zone)
    days.set(day, [...(days.get(day) ?? []), content])
  }
  return days
}
