import { expect, test } from 'vitest'
import { duration, progressText } from './progress.ts'

const progress = { phase: 'Harbour: posts', rows: 30_000, snapshots: 20_000, facts: 90_000, elapsedMs: 4_000 }

test('a line tells the share, the speed, the time that is left and the phase', () => {
  expect(progressText({ ...progress, share: 0.25 })).toBe('25 %, 30,000 rows/s, 12 s left · Harbour: posts')
})

test('nothing is said of the time that is left before there is anything to go by, nor at the end', () => {
  expect(progressText({ ...progress, share: 0.001 })).not.toContain('left')
  expect(progressText({ ...progress, share: 1 })).not.toContain('left')
})

test('long times are told in minutes and hours', () => {
  expect([duration(59.4), duration(61), duration(3_725)]).toEqual(['59 s', '1 min 1 s', '1 h 2 min'])
})
