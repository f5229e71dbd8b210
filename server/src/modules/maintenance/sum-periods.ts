/** Duties that work by period: every hour and every day is summed once it is over, however long nobody was there. */
import type { Tx } from '../../infra/postgres/doors.ts'
import type { Services } from '../services.ts'
import { counted, type Outcome } from './duty.ts'
import { findCoveredUntil, updateCoveredUntil, withPatience } from './queries.ts'
import { aggregateDay, aggregateHour, findFirstActivity } from './queries-derived.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** Hourly metrics are kept for 30 days: an hour before that would be deleted at once. */
export const sumHours = (services: Services, signal: AbortSignal): Promise<Outcome> =>
  sumPeriods(services, signal, {
    duty: 'sum_hours',
    word: 'hour',
    lengthMs: hourMs,
    furthestBackMs: 30 * dayMs,
    overAfterMs: 0,
    sum: aggregateHour,
  })

/** A day is over when it is over in the zone that is furthest behind. */
export const sumDays = (services: Services, signal: AbortSignal): Promise<Outcome> =>
  sumPeriods(services, signal, {
    duty: 'sum_days',
    word: 'day',
    lengthMs: dayMs,
    furthestBackMs: 400 * dayMs,
    overAfterMs: 12 * hourMs,
    sum: (tx, day) => aggregateDay(tx, day.toISOString().slice(0, 10)),
  })

interface Summing {
  readonly duty: string
  readonly word: string
  readonly lengthMs: number
  readonly furthestBackMs: number
  readonly overAfterMs: number
  sum(tx: Tx, from: Date): Promise<number>
}

/**
 * Each period in a transaction of its own together with the mark of how far the duty has come. The last period before
 * the mark is summed again: a run that began in it may have ended since.
 */
async function sumPeriods(services: Services, signal: AbortSignal, summing: Summing): Promise<Outcome> {
  const { duty, word, lengthMs } = summing
  const startOf = (atMs: number) => Math.floor(atMs / lengthMs) * lengthMs
  const nowMs = services.clock.now().getTime()
  const endMs = startOf(nowMs - summing.overAfterMs)
  const begin = await services.doors.withDispatch(
    async (tx) => (await findCoveredUntil(tx, duty)) ?? (await findFirstActivity(tx)),
  )
  if (!begin) return { summary: 'Nothing has happened yet that could be summed.' }
  const firstMs = Math.max(startOf(begin.getTime()) - lengthMs, startOf(nowMs - summing.furthestBackMs))
  let periods = 0
  for (let fromMs = firstMs; fromMs < endMs; fromMs += lengthMs) {
    signal.throwIfAborted()
    await withPatience(services.doors, async (tx) => {
      await summing.sum(tx, new Date(fromMs))
      await updateCoveredUntil(tx, duty, new Date(fromMs + lengthMs))
    })
    periods += 1
  }
  return {
    summary: `Summed ${counted(periods, word)} up to ${new Date(endMs).toISOString().slice(0, 16)} UTC.`,
  }
}
