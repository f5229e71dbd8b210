import { expect, test } from 'vitest'
import { cronOf, longestPauseMs, nextTurn, type Rhythm } from './rhythm.ts'

const hourly: Rhythm = { every: 'hour', minute: 9 }
const daily: Rhythm = { every: 'day', hour: 3, minute: 17 }
const weekly: Rhythm = { every: 'week', weekday: 0, hour: 4, minute: 17 }
const monthly: Rhythm = { every: 'month', day: 1, hour: 4, minute: 47 }

test.each([
  [hourly, '9 * * * *'],
  [daily, '17 3 * * *'],
  [weekly, '17 4 * * 0'],
  [monthly, '47 4 1 * *'],
])('a rhythm is told to the queue as %o: %s', (rhythm, cron) => {
  expect(cronOf(rhythm)).toBe(cron)
})

test.each([
  [hourly, '2026-11-21T10:08:59.999Z', '2026-11-21T10:09:00.000Z'],
  [hourly, '2026-11-21T10:09:00.000Z', '2026-11-21T11:09:00.000Z'],
  [hourly, '2026-12-31T23:30:00.000Z', '2027-01-01T00:09:00.000Z'],
  [daily, '2026-11-21T03:16:00.000Z', '2026-11-21T03:17:00.000Z'],
  [daily, '2026-11-30T03:17:00.000Z', '2026-12-01T03:17:00.000Z'],
  // The 22nd of November 2026 is a Sunday.
  [weekly, '2026-11-21T12:00:00.000Z', '2026-11-22T04:17:00.000Z'],
  [weekly, '2026-11-22T04:17:00.000Z', '2026-11-29T04:17:00.000Z'],
  [weekly, '2026-11-26T00:00:00.000Z', '2026-11-29T04:17:00.000Z'],
  [monthly, '2026-11-01T04:46:00.000Z', '2026-11-01T04:47:00.000Z'],
  [monthly, '2026-01-31T12:00:00.000Z', '2026-02-01T04:47:00.000Z'],
  [monthly, '2026-12-01T04:47:00.000Z', '2027-01-01T04:47:00.000Z'],
])('the next turn of %o after %s is %s', (rhythm, after, next) => {
  expect(nextTurn(rhythm, new Date(after)).toISOString()).toBe(next)
})

test('no pause is longer than the time for which a missed turn is made up', () => {
  for (const rhythm of [hourly, daily, weekly, monthly]) {
    let turn = nextTurn(rhythm, new Date('2024-01-15T00:00:00Z'))
    for (let count = 0; count < 40; count += 1) {
      const next = nextTurn(rhythm, turn)
      expect(next.getTime() - turn.getTime()).toBeLessThanOrEqual(longestPauseMs[rhythm.every])
      expect(next > turn).toBe(true)
      turn = next
    }
  }
})
