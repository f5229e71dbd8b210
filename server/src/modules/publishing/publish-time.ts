import { DateTime } from 'luxon'
import { invalidInput } from '../../infra/errors.ts'

const lateMs = 60_000
const farthestDays = 5 * 366

const refuse = (message: string) =>
  invalidInput(`publishAt ${message}`, { faults: [{ field: 'publishAt', message }] })

/**
 * The instant that a person means: `now`, an instant with an offset, or a wall-clock time in the workspace's
 * zone. On the night when clocks go back a wall-clock time comes twice: its first occurrence is meant. On the
 * night when they go forward an hour does not exist, and it is refused rather than moved.
 */
export function resolvePublishTime(publishAt: string, zone: string, now: Date): Date {
  if (publishAt === 'now') return now
  const hasOffset = /(z|[+-]\d{2}:?\d{2})$/i.test(publishAt)
  const time = hasOffset ? DateTime.fromISO(publishAt) : firstOccurrence(publishAt, zone)
  if (!time.isValid) throw refuse('is no time: use one like 2026-11-24T18:30')
  const instant = time.toJSDate()
  const aheadMs = instant.getTime() - now.getTime()
  if (aheadMs < -lateMs) throw refuse('is in the past: choose a later time, or publish now')
  if (aheadMs > farthestDays * 86_400_000)
    throw refuse('is more than five years ahead: choose an earlier time')
  return instant
}

function firstOccurrence(wallClock: string, zone: string): DateTime {
  const time = DateTime.fromISO(wallClock, { zone })
  if (!time.isValid) return time
  const [first = time] = time.getPossibleOffsets()
  const wanted = wallClock.slice(0, 16)
  if (first.toFormat("yyyy-MM-dd'T'HH:mm") !== wanted) {
    throw refuse(
      `does not exist in ${zone}: clocks go forward that night. Choose ${first.toFormat('HH:mm')} or another time`,
    )
  }
  return first
}
