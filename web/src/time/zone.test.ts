import { expect, test } from 'vitest'
import { addDays, addMonths, dayOf, instantOf, startOfDay, wallClock, weekStart } from './zone.ts'

const berlin = 'Europe/Berlin'

test('a wall-clock time gives the instant at which clocks in the zone show it', () => {
  expect(instantOf('2026-11-24T18:30', berlin)?.toISOString()).toBe('2026-11-24T17:30:00.000Z')
  expect(instantOf('2026-07-01T18:30', berlin)?.toISOString()).toBe('2026-07-01T16:30:00.000Z')
  expect(instantOf('2026-11-24T18:30', 'Asia/Kathmandu')?.toISOString()).toBe('2026-11-24T12:45:00.000Z')
})

test('a time that the clock change skips has no instant', () => {
  expect(instantOf('2027-03-28T02:30', berlin)).toBeNull()
  expect(instantOf('2027-03-28T03:00', berlin)?.toISOString()).toBe('2027-03-28T01:00:00.000Z')
})

test('of a time that comes twice the first is meant', () => {
  expect(instantOf('2026-10-25T02:30', berlin)?.toISOString()).toBe('2026-10-25T00:30:00.000Z')
})

test('a day of a clock change has 23 or 25 hours', () => {
  const hours = (day: string) =>
    (startOfDay(addDays(day, 1), berlin).getTime() - startOfDay(day, berlin).getTime()) / 3_600_000
  expect([hours('2027-03-28'), hours('2026-10-25'), hours('2026-11-24')]).toEqual([23, 25, 24])
})

test('a day whose midnight is skipped begins at its first instant', () => {
  const start = startOfDay('2018-11-04', 'America/Sao_Paulo')
  expect(wallClock(start, 'America/Sao_Paulo')).toBe('2018-11-04T01:00')
  expect(wallClock(new Date(start.getTime() - 60_000), 'America/Sao_Paulo')).toBe('2018-11-03T23:59')
})

test('the day of an instant is the day in the zone, not in UTC', () => {
  const late = new Date('2026-11-24T23:30:00Z')
  expect(dayOf(late, berlin)).toBe('2026-11-25')
  expect(dayOf(late, 'America/New_York')).toBe('2026-11-24')
})

test('days, weeks and months are counted over their ends', () => {
  expect(addDays('2026-12-31', 1)).toBe('2027-01-01')
  expect(addMonths('2026-01', -1)).toBe('2025-12')
  expect(weekStart('2026-11-22')).toBe('2026-11-16')
  expect(weekStart('2026-11-23')).toBe('2026-11-23')
})

test('a time of any year of four digits is read, as somebody types 2027 digit by digit', () => {
  for (const year of ['0002', '0020', '0202']) {
    for (const zone of [berlin, 'UTC', 'America/New_York']) {
      const wall = `${year}-11-24T18:30`
      const found = instantOf(wall, zone)
      expect(found && wallClock(found, zone), `${wall} in ${zone}`).toBe(wall)
    }
  }
  expect(instantOf('0000-11-24T18:30', berlin)).toBeNull()
})

test('a text that is no time has no instant', () => {
  expect(instantOf('tomorrow', berlin)).toBeNull()
})
