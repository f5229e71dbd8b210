import { expect, test } from 'vitest'
import { spreadLabels } from './end-labels.ts'

test('labels that are far enough apart stay where they are', () => {
  expect(spreadLabels([200, 20, 100], 15, 240)).toEqual([200, 20, 100])
})

test('labels on top of each other are moved apart, in the order of their lines', () => {
  expect(spreadLabels([100, 20, 98], 15, 240)).toEqual([113, 20, 98])
})

test('labels at the bottom are stacked upwards, and none leaves the chart', () => {
  expect(spreadLabels([240, 240, 240, 10], 15, 240)).toEqual([210, 225, 240, 10])
})

test('whatever the values, no two labels touch', () => {
  for (let round = 0; round < 200; round += 1) {
    const wishes = Array.from({ length: 4 }, (_, index) => ((round * 37 + index * index * 53) % 97) + 140)
    const placed = spreadLabels(wishes, 15, 236).toSorted((a, b) => a - b)
    expect(Math.max(...placed)).toBeLessThanOrEqual(236)
    for (const [index, at] of placed.slice(1).entries()) {
      expect(at - (placed[index] ?? 0)).toBeGreaterThanOrEqual(15)
    }
  }
})
