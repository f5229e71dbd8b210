import { expect, test } from 'vitest'
import type { PublicationStatus } from '../../api/types.ts'
import { contentWith } from '../../post/content-for-tests.ts'
import { mayBeTakenBack } from './take-back-rule.ts'

const planned = (...statuses: PublicationStatus[]) =>
  mayBeTakenBack(
    contentWith(
      'scheduled',
      statuses.map((status) => ({ status })),
    ),
  )

test('a post is taken back while all of it is planned, failed or cancelled', () => {
  expect(planned('scheduled')).toBe(true)
  expect(planned('failed')).toBe(true)
  expect(planned('scheduled', 'failed', 'cancelled')).toBe(true)
})

test.each(['claimed', 'submitted', 'processing', 'published', 'unconfirmed'] as const)(
  'a post is not taken back once one share of it is %s',
  (status) => {
    expect(planned('failed', status)).toBe(false)
  },
)

test('a post that went out on one network is not taken back from the other', () => {
  expect(mayBeTakenBack(contentWith('published', [{ status: 'failed' }]))).toBe(false)
})
