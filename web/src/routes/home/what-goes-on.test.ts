import { expect, test } from 'vitest'
import { contentWith } from '../../post/content-for-tests.ts'
import { needsSomebody } from '../../post/standing.ts'
import { whatGoesOn } from './what-goes-on.ts'

const failure = (reason: string) => ({
  code: 'outcome_unknown' as const,
  reason,
  nextStep: 'Do this.',
  retryAt: null,
})

test.each([
  ['unconfirmed', { status: 'unconfirmed' }, /did not answer clearly; it is being looked up there/],
  ['held', { status: 'scheduled', held: true }, /Waits until its account is connected again/],
] as const)('a post that is %s needs somebody and says what is going on', (_, publication, words) => {
  const content = contentWith('scheduled', [publication])
  expect(needsSomebody(content)).toBe(true)
  expect(whatGoesOn(content)).toMatch(words)
})

test('the reason is that of the worst publication, not of another that is merely tried again', () => {
  const content = contentWith('scheduled', [
    { status: 'scheduled', failure: failure('Busy.') },
    { status: 'unconfirmed', failure: failure('It fell silent.') },
  ])
  expect(whatGoesOn(content)).toBe('It fell silent. Do this.')
})
