/**
 * What each screen keeps in its address. Whatever is not understood there is dropped, never an error: the router lays
 * what these functions return over what the address says, so each names all its keys, if need be as undefined.
 */
import type { ContentStatus } from '../api/types.ts'
import { isDay, isMonth, isWallClock } from '../time/zone.ts'

type Raw = Record<string, unknown>

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

export interface NextSearch {
  next?: string | undefined
}

/** Only a path of this server is followed after signing in. */
export function nextSearch(raw: Raw): NextSearch {
  const next = text(raw.next)
  return { next: next && /^\/(?![/\\])/.test(next) ? next : undefined }
}

export function tokenSearch(raw: Raw): { token?: string | undefined } {
  return { token: text(raw.token) ?? (typeof raw.token === 'number' ? String(raw.token) : undefined) }
}

export const listedStatuses = [
  'draft',
  'scheduled',
  'published',
  'archived',
] as const satisfies ContentStatus[]
export type ListedStatus = (typeof listedStatuses)[number]

export function postsSearch(raw: Raw): { status?: ListedStatus | undefined } {
  return { status: listedStatuses.find((known) => known === raw.status) }
}

export interface CalendarSearch {
  view?: 'month' | 'week' | undefined
  month?: string | undefined
  /** Any day of the shown week. */
  day?: string | undefined
}

export function calendarSearch(raw: Raw): CalendarSearch {
  return {
    view: raw.view === 'week' || raw.view === 'month' ? raw.view : undefined,
    month: isMonth(raw.month) ? raw.month : undefined,
    day: isDay(raw.day) ? raw.day : undefined,
  }
}

/** `at` is the planned wall-clock time, "2026-11-24T18:30", in the workspace's zone. */
export function composeSearch(raw: Raw): { at?: string | undefined } {
  return { at: isWallClock(raw.at) ? raw.at : undefined }
}
