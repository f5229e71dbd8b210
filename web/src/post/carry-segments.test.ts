import { expect, test } from 'vitest'
import type { Segment } from '../api/types.ts'
import { carrySegments } from './carry-segments.ts'

const known: Segment[] = [
  { kind: 'text', text: 'See ' },
  { kind: 'link', text: 'https://a.example', url: 'https://a.example' },
  { kind: 'text', text: ' now' },
]

test('what is typed at the end leaves the links before it as they are', () => {
  const carried = carrySegments(known, 'See https://a.example now and then')
  expect(carried.map((segment) => segment.kind)).toEqual(['text', 'link', 'text', 'text'])
})

test('whatever is changed, the segments together are the present text', () => {
  for (const text of [
    '',
    'Se',
    'See https://b.example now',
    'Look: See https://a.example',
    'See https://a.example',
  ]) {
    expect(
      carrySegments(known, text)
        .map((segment) => segment.text)
        .join(''),
    ).toBe(text)
  }
})
