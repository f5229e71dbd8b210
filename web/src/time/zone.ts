/** Dates in an IANA zone. A day is "2026-11-24", a month "2026-11", a wall-clock time "2026-11-24T18:30". */

const formatters = new Map<string, Intl.DateTimeFormat>()

function partsFormatter(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone)
  if (known) return known
  const made = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })
  formatters.set(zone, made)
  return made
}

/** The wall-clock time of an instant, to the minute. */
export function wallClock(instant: Date, zone: string): string {
  const part = partsOf(instant, zone)
  return `${part.year}-${part.month}-${part.day}T${part.hour}:${part.minute}`
}

export const dayOf = (instant: Date, zone: string): string => wallClock(instant, zone).slice(0, 10)

function partsOf(instant: Date, zone: string) {
  const found = { year: '', month: '', day: '', hour: '', minute: '', second: '' }
  for (const { type, value } of partsFormatter(zone).formatToParts(instant)) {
    if (type in found) found[type as keyof typeof found] = value
  }
  // The year 2, which somebody who types 2027 passes through, is told in one digit.
  return { ...found, year: found.year.padStart(4, '0') }
}

function offsetMs(instant: Date, zone: string): number {
  const part = partsOf(instant, zone)
  const shown = Date.parse(
    `${part.year}-${part.month}-${part.day}T${part.hour}:${part.minute}:${part.second}Z`,
  )
  return shown - Math.floor(instant.getTime() / 1000) * 1000
}

/**
 * The instant of a wall-clock time. Of a time that exists twice it is the first; a time that a clock change
 * skips gives null.
 */
export function instantOf(wall: string, zone: string): Date | null {
  const asUtc = Date.parse(`${wall}Z`)
  if (Number.isNaN(asUtc)) return null
  const dayMs = 86_400_000
  const offsets = [offsetMs(new Date(asUtc - dayMs), zone), offsetMs(new Date(asUtc + dayMs), zone)]
  const candidates = offsets
    .map((offset) => new Date(asUtc - offset))
    .filter((candidate) => wallClock(candidate, zone) === wall.slice(0, 16))
  return candidates.toSorted((a, b) => a.getTime() - b.getTime())[0] ?? null
}

/** The first instant of a day, also where a clock change skips midnight. */
export function startOfDay(day: string, zone: string): Date {
  for (const hour of ['00:00', '00:30', '01:00', '02:00']) {
    const found = instantOf(`${day}T${hour}`, zone)
    if (found) return found
  }
  return new Date(`${day}T00:00Z`)
}

export function addDays(day: string, count: number): string {
  const date = new Date(`${day}T00:00Z`)
  date.setUTCDate(date.getUTCDate() + count)
  return date.toISOString().slice(0, 10)
}

export function addMonths(month: string, count: number): string {
  const date = new Date(`${month}-01T00:00Z`)
  date.setUTCMonth(date.getUTCMonth() + count)
  return date.toISOString().slice(0, 7)
}

/** Monday of the week of a day. */
export function weekStart(day: string): string {
  const weekday = new Date(`${day}T00:00Z`).getUTCDay()
  return addDays(day, -((weekday + 6) % 7))
}

/** A day that a calendar can show: neither the 30th of February nor one in years that nothing here counts in. */
export const isDay = (value: unknown): value is string =>
  typeof value === 'string' && /^[12]/.test(value) && isDate(value)

export const isMonth = (value: unknown): value is string => typeof value === 'string' && isDay(`${value}-01`)

/** Of any year: somebody who types 2027 is in the year 2 first. In some zone a clock change may skip the time. */
export const isWallClock = (value: unknown): value is string =>
  typeof value === 'string' &&
  isDate(value.slice(0, 10)) &&
  /^T([01]\d|2[0-3]):[0-5]\d$/.test(value.slice(10))

/** JavaScript takes the 30th of February for the 2nd of March: only what comes back unchanged was a date. */
function isDate(text: string): boolean {
  const date = new Date(`${text}T00:00Z`)
  return /^\d{4}-/.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === text
}
