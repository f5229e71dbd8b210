import { expect, test } from 'vitest'
import { withGaps } from './series-gaps.ts'

const at = (hours: number) => new Date(Date.UTC(2026, 10, 20) + hours * 3_600_000).toISOString()
const read = (...hours: number[]) => withGaps(hours.map((hour) => ({ capturedAt: at(hour), value: hour })))
const breaks = (line: [number, number | null][]) => line.filter(([, value]) => value === null).length

test('readings that failed to come break the line', () => {
  expect(breaks(read(0, 1, 2, 3, 20, 21, 22))).toBe(1)
})

test('polling that slows with age is no gap', () => {
  expect(breaks(read(0, 1, 2, 3, 9, 15, 21))).toBe(0)
  expect(breaks(read(0, 1))).toBe(0)
})

test('no reading is lost or invented by a break', () => {
  const values = read(0, 1, 2, 3, 20, 21, 22).flatMap(([, value]) => (value === null ? [] : [value]))
  expect(values).toEqual([0, 1, 2, 3, 20, 21, 22])
})

test('a single reading is a single point', () => {
  expect(read(5)).toEqual([[Date.parse(at(5)), 5]])
})
