import { expect, test } from 'vitest'
import { contentWith } from '../../post/content-for-tests.ts'
import { plannedWords } from './planned-words.ts'

const mine = contentWith('scheduled', [{}, { accountId: 'other' }])
const others = contentWith('scheduled', [{ accountId: 'other' }])
const out = contentWith('scheduled', [{ status: 'published' }, { accountId: 'other' }])
const wordsOf = (items: (typeof mine)[], nextCursor: string | null = null) =>
  plannedWords({ items, nextCursor }, 'account')

test("only an account's own planned posts are counted", () => {
  expect(wordsOf([others, out])).toBe('No post is planned for it.')
  expect(wordsOf([mine, others, out])).toMatch(/^1 post planned for it waits until/)
  expect(wordsOf([mine, mine, others])).toMatch(/^2 posts planned for it wait until/)
})

test('no number is told that is not known', () => {
  expect(plannedWords(undefined, 'account')).toMatch(/^Posts that are planned for it wait until/)
  expect(wordsOf([others], 'more')).toMatch(/^Posts that are planned for it wait until/)
  expect(wordsOf([mine], 'more')).toMatch(/^At least 1 post planned for it waits until/)
})
