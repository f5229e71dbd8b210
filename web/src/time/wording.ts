/** "Berlin" for Europe/Berlin. */
export const cityOf = (zone: string): string => (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ')

export const viewerZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC'

const cache = new Map<string, Intl.DateTimeFormat>()

function formatter(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone} ${JSON.stringify(options)}`
  const known = cache.get(key)
  if (known) return known
  const made = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone })
  cache.set(key, made)
  return made
}

const sameYear = (instant: Date, zone: string): boolean => {
  const year = formatter(zone, { year: 'numeric' })
  return year.format(instant) === year.format(new Date())
}

/** "Tue 24 Nov, 18:30", with the year when it is not this one. */
export function dateAndTime(instant: Date, zone: string): string {
  return `${date(instant, zone)}, ${clock(instant, zone)}`
}

export function date(instant: Date, zone: string): string {
  const options = { weekday: 'short', day: 'numeric', month: 'short' } as const
  const full = sameYear(instant, zone) ? options : ({ ...options, year: 'numeric' } as const)
  return formatter(zone, full).format(instant).replace(',', '')
}

export const clock = (instant: Date, zone: string): string =>
  formatter(zone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(instant)

/** "Tue 24 Nov, 18:30 Berlin (12:30 New York)": the second part only for a reader in another offset. */
export function inBothZones(instant: Date, zone: string, own: string = viewerZone()): string {
  const there = dateAndTime(instant, zone)
  const here = dateAndTime(instant, own)
  if (there === here) return `${there} ${cityOf(zone)}`
  const sameDay = date(instant, zone) === date(instant, own)
  return `${there} ${cityOf(zone)} (${sameDay ? clock(instant, own) : here} ${cityOf(own)})`
}

/** Names of days and months are the same everywhere, so they are read off UTC. */
export const monthName = (month: string): string =>
  formatter('UTC', { month: 'long', year: 'numeric' }).format(new Date(`${month}-01T00:00Z`))

export const dayName = (day: string): string =>
  formatter('UTC', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }).format(
    new Date(`${day}T00:00Z`),
  )

export const shortDay = (day: string): string =>
  formatter('UTC', { weekday: 'short', day: 'numeric', month: 'short' })
    .format(new Date(`${day}T00:00Z`))
    .replace(',', '')

/** How long ago, as a network's feed says it: "now", "40s", "5m", "3h", "2d", and after 30 days "24 Nov 2026". */
export function briefAge(instant: Date, zone: string, now: Date = new Date()): string {
  const seconds = Math.floor((now.getTime() - instant.getTime()) / 1000)
  if (seconds < 5) return 'now'
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m`
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)}h`
  if (seconds < 30 * 86_400) return `${Math.floor(seconds / 86_400)}d`
  return formatter(zone, { day: 'numeric', month: 'short', year: 'numeric' }).format(instant)
}

/** "3 minutes ago", "in 2 hours". */
export function relative(instant: Date, now: Date = new Date()): string {
  const seconds = Math.round((instant.getTime() - now.getTime()) / 1000)
  const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
  const size = Math.abs(seconds)
  if (size < 45) return words.format(0, 'second')
  if (size < 2_700) return words.format(Math.round(seconds / 60), 'minute')
  if (size < 79_200) return words.format(Math.round(seconds / 3_600), 'hour')
  return words.format(Math.round(seconds / 86_400), 'day')
}
