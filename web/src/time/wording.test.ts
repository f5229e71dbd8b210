import { expect, test } from 'vitest'
import { briefAge } from './wording.ts'

const zone = 'Europe/Berlin'
const published = new Date('2026-11-24T23:30:00Z')
const after = (seconds: number) => briefAge(published, zone, new Date(published.getTime() + seconds * 1000))
const hour = 3_600
const day = 24 * hour

test('the age of a post is told in the largest whole unit, as its network tells it', () => {
  expect([0, 4, 40, 59, 60, 59 * 60, hour, day - 1, day, 29 * day].map(after)).toEqual([
    'now',
    'now',
    '40s',
    '59s',
    '1m',
    '59m',
    '1h',
    '23h',
    '1d',
    '29d',
  ])
})

test('an old post has the date of its day in the zone, and one from the future is new', () => {
  expect(after(30 * day)).toBe('25 Nov 2026')
  expect(after(-5)).toBe('now')
})
