/** When people are awake, in the workspace's own zone: the beat of everything that is counted. */
import { DateTime } from 'luxon'

export const hourMs = 3_600_000
export const dayMs = 24 * hourMs

/** `leisure`: evenings and weekends; `business`: office hours. */
export type Rhythm = 'leisure' | 'business'

/** Activity by hour of the day; 1 is the mean of an ordinary day. */
const hourly: Readonly<Record<Rhythm, readonly number[]>> = {
  leisure: [
    0.55, 0.3, 0.18, 0.14, 0.15, 0.24, 0.5, 0.82, 0.98, 1, 1.02, 1.08, 1.25, 1.2, 1.08, 1.06, 1.12, 1.28, 1.5,
    1.72, 1.85, 1.78, 1.4, 0.9,
  ],
  business: [
    0.12, 0.07, 0.05, 0.05, 0.1, 0.3, 0.8, 1.7, 2.3, 2.3, 2.1, 1.8, 1.9, 1.8, 1.7, 1.6, 1.5, 1.3, 0.9, 0.7,
    0.6, 0.5, 0.35, 0.2,
  ],
}
/** By day of the week, Sunday first. */
const daily: Readonly<Record<Rhythm, readonly number[]>> = {
  leisure: [1.12, 0.95, 0.93, 0.95, 1, 0.98, 1.08],
  business: [0.35, 1.1, 1.25, 1.25, 1.2, 0.95, 0.3],
}

export interface Day {
  /** The instant at which it begins in the zone. */
  readonly startMs: number
  readonly endMs: number
  readonly date: string
  /** 0 is Sunday. */
  readonly weekday: number
}

export interface Calendar {
  readonly zone: string
  readonly fromMs: number
  readonly untilMs: number
  /** Every day of the zone that the span touches, oldest first. */
  readonly days: readonly Day[]
  dayOf(atMs: number): number
  /** Hours of ordinary activity between the start of the span and an instant: at night they pass slowly. */
  activityUntil(rhythm: Rhythm, atMs: number): number
  activityAt(rhythm: Rhythm, atMs: number): number
  hourOf(atMs: number): number
  weekdayOf(atMs: number): number
}

export function createCalendar(zone: string, fromMs: number, untilMs: number): Calendar {
  const days = daysBetween(zone, fromMs, untilMs)
  const firstHour = Math.floor(fromMs / hourMs)
  const hourCount = Math.ceil(untilMs / hourMs) - firstHour + 2
  const clocks = Array.from({ length: hourCount }, (_, index) => {
    const local = DateTime.fromMillis((firstHour + index) * hourMs, { zone })
    return { hour: local.hour, weekday: local.weekday % 7 }
  })
  const clockAt = (atMs: number) =>
    clocks[clamp(Math.floor(atMs / hourMs) - firstHour, hourCount - 1)] ?? { hour: 0, weekday: 0 }
  const weigh = (rhythm: Rhythm, { hour, weekday }: { hour: number; weekday: number }) =>
    (hourly[rhythm][hour] ?? 1) * (daily[rhythm][weekday] ?? 1)
  const sums = { leisure: runningSum('leisure'), business: runningSum('business') }

  function runningSum(rhythm: Rhythm): Float64Array {
    const sum = new Float64Array(hourCount + 1)
    clocks.forEach((clock, index) => {
      sum[index + 1] = (sum[index] ?? 0) + weigh(rhythm, clock)
    })
    return sum
  }

  return {
    zone,
    fromMs,
    untilMs,
    days,
    dayOf(atMs) {
      let low = 0
      let high = days.length - 1
      while (low < high) {
        const middle = (low + high + 1) >> 1
        if ((days[middle]?.startMs ?? 0) <= atMs) low = middle
        else high = middle - 1
      }
      return low
    },
    activityUntil(rhythm, atMs) {
      const hours = atMs / hourMs - firstHour
      const index = clamp(Math.floor(hours), hourCount - 1)
      const before = sums[rhythm][index] ?? 0
      return before + (hours - index) * ((sums[rhythm][index + 1] ?? before) - before)
    },
    activityAt: (rhythm, atMs) => weigh(rhythm, clockAt(atMs)),
    hourOf: (atMs) => clockAt(atMs).hour,
    weekdayOf: (atMs) => clockAt(atMs).weekday,
  }
}

const clamp = (index: number, last: number) => Math.min(Math.max(index, 0), last)

function daysBetween(zone: string, fromMs: number, untilMs: number): Day[] {
  const days: Day[] = []
  let start = DateTime.fromMillis(fromMs, { zone }).startOf('day')
  while (start.toMillis() < untilMs) {
    const end = start.plus({ days: 1 })
    days.push({
      startMs: start.toMillis(),
      endMs: end.toMillis(),
      date: start.toFormat('yyyy-MM-dd'),
      weekday: start.weekday % 7,
    })
    start = end
  }
  return days
}
