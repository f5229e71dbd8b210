import { expect, test } from 'vitest'
import { PublicError } from '../../infra/errors.ts'
import { resolvePublishTime } from './publish-time.ts'

const now = new Date('2026-01-10T12:00:00Z')
const at = (publishAt: string, zone: string) => resolvePublishTime(publishAt, zone, now).toISOString()

function faultOf(publishAt: string, zone = 'Europe/Berlin', present = now) {
  try {
    resolvePublishTime(publishAt, zone, present)
  } catch (error) {
    if (error instanceof PublicError) return { status: error.kind.status, ...error.faults[0] }
    throw error
  }
  throw new Error(`${publishAt} was not refused`)
}

test('"now" is the present to the millisecond', () => {
  expect(resolvePublishTime('now', 'Europe/Berlin', now)).toBe(now)
})

test.each([
  ['2026-01-24T18:30', 'Europe/Berlin', '2026-01-24T17:30:00.000Z'],
  ['2026-07-24T18:30', 'Europe/Berlin', '2026-07-24T16:30:00.000Z'],
  ['2026-01-24T18:30', 'America/New_York', '2026-01-24T23:30:00.000Z'],
  ['2026-07-24T18:30', 'America/New_York', '2026-07-24T22:30:00.000Z'],
  ['2026-07-24T18:30', 'Asia/Kathmandu', '2026-07-24T12:45:00.000Z'],
  ['2026-07-24T18:30', 'UTC', '2026-07-24T18:30:00.000Z'],
])('%s in %s is %s', (wallClock, zone, instant) => {
  expect(at(wallClock, zone)).toBe(instant)
})

test('an instant with an offset is that instant in whatever zone the workspace is', () => {
  expect(at('2026-07-24T18:30:00+05:30', 'America/New_York')).toBe('2026-07-24T13:00:00.000Z')
  expect(at('2026-07-24T18:30:00Z', 'America/New_York')).toBe('2026-07-24T18:30:00.000Z')
})

test.each([
  ['Europe/Berlin', '2026-03-29T01:59', '2026-03-29T00:59:00.000Z'],
  ['Europe/Berlin', '2026-03-29T03:00', '2026-03-29T01:00:00.000Z'],
  ['America/New_York', '2026-03-08T01:59', '2026-03-08T06:59:00.000Z'],
  ['America/New_York', '2026-03-08T03:00', '2026-03-08T07:00:00.000Z'],
])('in %s the minutes around the missing hour are where they should be: %s', (zone, wallClock, instant) => {
  expect(at(wallClock, zone)).toBe(instant)
})

test.each([
  ['Europe/Berlin', '2026-03-29T02:00', '03:00'],
  ['Europe/Berlin', '2026-03-29T02:30', '03:30'],
  ['America/New_York', '2026-03-08T02:59', '03:59'],
])('in %s %s does not exist, and the refusal names %s instead', (zone, wallClock, other) => {
  const fault = faultOf(wallClock, zone)
  expect(fault).toMatchObject({ status: 422, field: 'publishAt' })
  expect(fault.message).toContain('does not exist')
  expect(fault.message).toContain(other)
})

test.each([
  ['Europe/Berlin', '2026-10-25T02:30', '2026-10-25T00:30:00.000Z'],
  ['Europe/Berlin', '2026-10-25T02:00', '2026-10-25T00:00:00.000Z'],
  ['Europe/Berlin', '2026-10-25T03:00', '2026-10-25T02:00:00.000Z'],
  ['America/New_York', '2026-11-01T01:30', '2026-11-01T05:30:00.000Z'],
  ['America/New_York', '2026-11-01T02:00', '2026-11-01T07:00:00.000Z'],
])('on the night when clocks go back in %s, %s is its first occurrence', (zone, wallClock, instant) => {
  expect(at(wallClock, zone)).toBe(instant)
})

test('the past is refused with the remedy; a minute of typing is forgiven', () => {
  expect(faultOf('2026-01-10T12:58')).toMatchObject({ status: 422, field: 'publishAt' })
  expect(faultOf('2026-01-10T12:58').message).toMatch(/past.*later time, or publish now/)
  expect(at('2026-01-10T12:59', 'Europe/Berlin')).toBe('2026-01-10T11:59:00.000Z')
})

test('what is more than five years ahead, or no time at all, is refused', () => {
  expect(faultOf('2032-01-10T12:00').message).toContain('five years')
  expect(faultOf('2026-02-30T12:00').message).toContain('is no time')
})
