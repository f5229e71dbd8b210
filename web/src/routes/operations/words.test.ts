import { expect, test } from 'vitest'
import type { DutyRun, OperatorDuty } from '../../api/types.ts'
import { durationWords, stateOf, trouble } from './words.ts'

const dutyWith = (result?: DutyRun['result'], overdue = false): OperatorDuty => ({
  name: 'x',
  title: 'X',
  purpose: 'X.',
  rhythm: 'hour',
  nextDueAt: '2026-11-21T10:00:00Z',
  lastSucceededAt: null,
  overdue,
  runs: result
    ? [
        {
          id: 'x',
          cause: 'clock',
          startedAt: '2026-11-21T09:00:00Z',
          finishedAt: null,
          durationMs: null,
          result,
          summary: null,
          details: [],
          errorMessage: null,
          remedy: null,
        },
      ]
    : [],
})

test.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [1_000, '1.0 s'],
  [59_400, '59.4 s'],
  [59_999, '1 min 0 s'],
  [245_000, '4 min 5 s'],
  [4_320_000, '1 h 12 min'],
])('%i ms reads as %s', (durationMs, words) => {
  expect(durationWords(durationMs)).toBe(words)
})

test('a duty that is long past its time says so, unless it has something worse to say', () => {
  expect(stateOf(dutyWith()).word).toBe('Not run yet')
  expect(stateOf(dutyWith('succeeded')).word).toBe('Done')
  expect(stateOf(dutyWith('succeeded', true)).word).toBe('Overdue')
  expect(stateOf(dutyWith('failed', true)).word).toBe('Failed')
  expect(stateOf(dutyWith('running', true)).word).toBe('Running')
})

test('trouble is counted once and only where there is some', () => {
  expect(trouble([dutyWith(), dutyWith('succeeded'), dutyWith('running')])).toBeUndefined()
  expect(trouble([dutyWith('failed', true), dutyWith('succeeded')])).toBe('1 duty failed.')
  expect(trouble([dutyWith('failed'), dutyWith('failed'), dutyWith('succeeded', true)])).toBe(
    '2 duties failed, 1 duty is overdue.',
  )
})
