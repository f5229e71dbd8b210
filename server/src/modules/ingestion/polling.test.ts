import { expect, test } from 'vitest'
import { nextSyncAt } from './polling.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const publishedAt = new Date('2026-03-01T00:00:00Z')
const waitMs = (ageMs: number, unchanged = 0) => {
  const now = new Date(publishedAt.getTime() + ageMs)
  const next = nextSyncAt(publishedAt, now, unchanged)
  return next && next.getTime() - now.getTime()
}

test.each([
  [0, hourMs / 4],
  [2 * hourMs - 1, hourMs / 4],
  [2 * hourMs, hourMs],
  [2 * dayMs, 6 * hourMs],
  [7 * dayMs, dayMs],
  [30 * dayMs, 7 * dayMs],
])('a post of %d ms is read again after %d ms', (ageMs, expected) => {
  expect(waitMs(ageMs)).toBe(expected)
})

test('after a year a post is read no more', () => {
  expect(waitMs(365 * dayMs - 1)).toBe(7 * dayMs)
  expect(waitMs(365 * dayMs)).toBeNull()
})

test('two readings without a change are forgiven, then it slows down to an eighth and no further', () => {
  const factors = [0, 1, 2, 3, 4, 5, 6, 100].map((unchanged) => Number(waitMs(dayMs, unchanged)) / hourMs)
  expect(factors).toEqual([1, 1, 1, 2, 4, 8, 8, 8])
})
