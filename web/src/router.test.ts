import { QueryClient } from '@tanstack/react-query'
import { expect, test } from 'vitest'
import { createAppRouter } from './router.tsx'

const router = createAppRouter(new QueryClient())

/** What the screen at an address is given, as the router gives it. */
function searchAt(address: string): object {
  const { pathname, search } = new URL(address, 'http://localhost')
  const given = router.matchRoutes(pathname, router.options.parseSearch(search)).at(-1)?.search ?? {}
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

const w = '/w/018f0000-0000-7000-8000-000000000001'

test.each([
  `${w}/write?at=zzz`,
  `${w}/write?at=2026-02-30T18:30`,
  `${w}/write?at=2026-11-24T25:00`,
  `${w}/write?at=2026-11-24T18:60`,
  `${w}/write?at=12026-11-24T18:30`,
  `${w}/write?at=5`,
  `${w}/posts?status=foo`,
  `${w}/posts?status=["draft"]`,
  `${w}/calendar?view=foo&month=2026-13&day=abc`,
  `${w}/calendar?month=9999-12&day=2026-02-30`,
  `${w}/calendar?month=0000-01`,
  '/reset-password?token=',
  '/reset-password?token={"a":1}',
])('what is not understood in %s does not reach the screen', (address) => {
  expect(searchAt(address)).toEqual({})
})

test.each([
  'https://elsewhere.example/',
  '//elsewhere.example/',
  '/\\elsewhere.example/',
  'javascript:alert(1)',
  'elsewhere',
])('signing in never leads on to %s', (next) => {
  for (const page of ['/sign-in', '/sign-up'])
    expect(searchAt(`${page}?next=${encodeURIComponent(next)}`)).toEqual({})
})

test.each([
  [`${w}/write?at=2026-11-24T18:30`, { at: '2026-11-24T18:30' }],
  // The year 2, on the way of somebody who types 2027 into the field.
  [`${w}/write?at=0002-11-24T18:30`, { at: '0002-11-24T18:30' }],
  [`${w}/posts?status=scheduled`, { status: 'scheduled' }],
  [`${w}/calendar?view=week&day=2028-02-29`, { view: 'week', day: '2028-02-29' }],
  [`${w}/calendar?view=foo&month=2026-11`, { month: '2026-11' }],
  ['/sign-in?next=%2Finvitations%2Fabc', { next: '/invitations/abc' }],
  ['/reset-password?token=123', { token: '123' }],
])('what is understood in %s does', (address, search) => {
  expect(searchAt(address)).toEqual(search)
})
