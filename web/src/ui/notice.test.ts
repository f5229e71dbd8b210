import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { Problem } from '../api/problem.ts'
import { ProblemNotice } from './notice.tsx'

const html = (title: string, detail: string, kept?: string) =>
  renderToStaticMarkup(
    createElement(ProblemNotice, {
      cause: new Problem({ status: 409, code: 'conflict', title, detail }),
      ...(kept ? { kept } : {}),
    }),
  )

test('a problem of one sentence says it once', () => {
  const alone = html('This has changed.', 'This has changed.')
  expect(alone.split('This has changed.')).toHaveLength(2)
  expect(alone).not.toContain('<div class="text-ink">')
  expect(html('This has changed.', 'This has changed.', 'Your draft is kept.')).toContain(
    '>Your draft is kept.<',
  )
})

test('what a problem has to add is said after its title', () => {
  const told = html('This has changed.', 'Bob published it.', 'Your draft is kept.')
  expect(told).toMatch(/>This has changed\.<.*>Bob published it\. Your draft is kept\.</)
})
