import { cityOf, inBothZones } from '../../time/wording.ts'
import { instantOf, wallClock } from '../../time/zone.ts'

/** What the publish button says it will do; `at` is a wall-clock time in `zone`, absent for now. */
export function publishWords(accountCount: number, at: string | undefined, zone: string): string {
  if (at === undefined) {
    if (accountCount === 0) return 'Publish now'
    return `Publish to ${accountCount === 1 ? '1 account' : `${accountCount} accounts`} now`
  }
  const instant = instantOf(at, zone)
  return instant ? `Schedule for ${inBothZones(instant, zone)}` : 'Schedule'
}

/** Why a post can't be planned for this time, or null. */
export function planFault(at: string | undefined, zone: string, now: Date): string | null {
  if (at === undefined) return null
  const instant = instantOf(at, zone)
  if (!instant) {
    return `${at.slice(11)} does not exist on this day in ${cityOf(zone)}: the clocks are put forward. Choose another time.`
  }
  return instant <= now ? 'This time is past. Choose a later one, or publish now.' : null
}

/** The next full hour that is at least half an hour away. */
export function suggestedTime(now: Date, zone: string): string {
  const soon = new Date(now.getTime() + 90 * 60_000)
  return `${wallClock(soon, zone).slice(0, 13)}:00`
}
