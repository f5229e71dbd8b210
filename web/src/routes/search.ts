/** What each screen keeps in its address. Whatever is not understood there is dropped, never an error. */
import type { ContentStatus } from '../api/types.ts'
import { isDay, isMonth } from '../time/zone.ts'

type Raw = Record<string, unknown>

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

export interface NextSearch {
  next?: string
}

/** Only a path of this server is followed after signing in. */
export function nextSearch(raw: Raw): NextSearch {
  const next = text(raw.next)
  return next && /^\/(?![/\\])/.test(next) ? { next } : {}
}

export function tokenSearch(raw: Raw): { token?: string } {
  const token = text(raw.token) ?? (typeof raw.token === 'number' ? String(raw.token) : undefined)
  return token ? { token } : {}
}

export const listedStatuses = [
  'draft',
  'scheduled',
  'published',
  'archived',
] as const satisfies ContentStatus[]
export type ListedStatus = (typeof listedStatuses)[number]

export function postsSearch(raw: Raw): { status?: ListedStatus } {
  const status = listedStatuses.find((known) => known === raw.status)
  return status ? { status } : {}
}

export interface CalendarSearch {
  view?: 'month' | 'week'
  month?: string
  /** Any day of the shown week. */
  day?: string
}

export function calendarSearch(raw: Raw): CalendarSearch {
  return {
    ...(raw.view === 'week' || raw.view === 'month' ? { view: raw.view } : {}),
    ...(isMonth(raw.month) ? { month: raw.month } : {}),
    ...(isDay(raw.day) ? { day: raw.day } : {}),
  }
}

/** `at` is the planned wall-clock time, "2026-11-24T18:30", in the workspace's zone. */
export function composeSearch(raw: Raw): { at?: string } {
  const at = text(raw.at)
  return at && isDay(at.slice(0, 10)) && /^T\d{2}:\d{2}$/.test(at.slice(10)) ? { at } : {}
}
