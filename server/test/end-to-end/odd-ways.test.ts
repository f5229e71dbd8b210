/** Odd ways through the product, in a real Chromium: addresses that are wrong, and a hand without a mouse. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { tabTo } from './keyboard.ts'
import { closeProduct, type OpenProduct, openProduct } from './open-product.ts'
import { idOf, type Person, signUp } from './person.ts'

const patiently = { timeout: 15_000 }

let product: OpenProduct
let ana: Person
let page: Page
let workspaceId: string
let postOfAnother: string

beforeAll(async () => {
  product = await openProduct({ LOG_LEVEL: 'warn' })
  const { server, browser } = product
  ana = await signUp(server.url, 'Ana', 'ana@example.com')
  workspaceId = idOf(await ana.call('POST', '/workspaces', { name: 'Lighthouse', timeZone: 'UTC' }))
  const charlie = await signUp(server.url, 'Charlie', 'charlie@example.com')
  const elsewhere = idOf(await charlie.call('POST', '/workspaces', { name: 'Elsewhere', timeZone: 'UTC' }))
  const draft = { text: 'Not for Ana', accountIds: [], media: [] }
  postOfAnother = idOf(await charlie.call('POST', `/workspaces/${elsewhere}/content`, draft))
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-GB' })
  await ana.enter(context)
  page = await context.newPage()
  page.setDefaultTimeout(patiently.timeout)
}, 120_000)

afterAll(() => closeProduct(product ?? {}))

const addressOf = (path: string) => `${product.server.url}/w/${workspaceId}${path}`

test('an address that leads to nothing says so on a whole screen, once, and leads home', async () => {
  const unknown = '018f0000-0000-7000-8000-000000000001'
  const ids = ['abc', unknown, postOfAnother]
  for (const path of [...ids.flatMap((id) => [`/posts/${id}`, `/write/${id}`]), '/nowhere']) {
    await page.goto(addressOf(path))
    await page.getByRole('heading', { level: 1, name: 'There is nothing at this address' }).waitFor()
    expect(await page.title(), path).toBe('Not found · Heliograph')
    expect(await page.getByRole('alert').filter({ hasText: /\S/ }).count(), path).toBe(0)
    expect(await page.getByRole('button', { name: 'Try again' }).count(), path).toBe(0)
    expect(await page.getByRole('main').count(), path).toBe(1)
  }
  await page.getByRole('link', { name: 'Go home' }).click()
  await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor()
})

test('a screen that the server fails keeps its heading, and a second try shows it', async () => {
  const id = idOf(
    await ana.call('POST', `/workspaces/${workspaceId}/content`, { text: 'Here', accountIds: [], media: [] }),
  )
  const path = `**/content/${id}`
  await page.route(path, (route) => route.fulfill({ status: 500, body: '' }))
  await page.goto(addressOf(`/posts/${id}`))
  await page.getByRole('heading', { level: 1, name: 'Post' }).waitFor()
  await page.unroute(path)
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('main').getByText('Here').first().waitFor()
})

test('what a screen does not understand in its address is as if it were not there', async () => {
  await page.goto(addressOf('/write?at=zzz'))
  await expect.poll(() => page.getByRole('radio', { name: 'Now' }).isChecked(), patiently).toBe(true)
  expect(await page.getByText('does not exist on this day').count()).toBe(0)
  expect(new URL(page.url()).searchParams.has('at')).toBe(false)

  await page.goto(addressOf('/posts?status=foo'))
  await page.getByRole('main').getByText('This is the only post.').waitFor()
  const tab = page.getByRole('navigation', { name: 'Filter by status' }).getByRole('link', { name: 'All' })
  expect(await tab.getAttribute('aria-current')).toBe('page')

  await page.goto(addressOf('/calendar?from=abc&view=foo'))
  await page.getByRole('grid', { name: 'Posts by day' }).waitFor()
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toMatch(/^[A-Z][a-z]+ \d{4}$/)
  const view = page.getByRole('navigation', { name: 'View' }).getByRole('link', { name: 'Month' })
  expect(await view.getAttribute('aria-current')).toBe('page')
})

test('no address of sign-in leads whoever is signed in off this server', async () => {
  const away: string[] = []
  await page.route('**://elsewhere.example/**', (route) => {
    away.push(route.request().url())
    return route.abort()
  })
  for (const next of ['https://elsewhere.example/', '//elsewhere.example/']) {
    await page.goto(`${product.server.url}/sign-in?next=${encodeURIComponent(next)}`)
    await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor()
  }
  expect(away).toEqual([])
})

test('somebody who types a year passes through years long past and keeps the planned time', async () => {
  await page.goto(addressOf('/write?at=2030-01-31T18:30'))
  const date = page.getByLabel('Date', { exact: true })
  // The field's own order of day and month is that of the machine.
  await date.focus()
  await page.keyboard.type('02022')
  await page.getByText('This time is past.').first().waitFor()
  expect(await date.inputValue()).toBe('0002-02-02')
  await page.keyboard.type('031')
  await expect.poll(() => new URL(page.url()).searchParams.get('at'), patiently).toBe('2031-02-02T18:30')
  expect(await page.getByRole('radio', { name: 'Later' }).isChecked()).toBe(true)
})

test('the time zone is chosen by keys alone: the field takes the focus and gives it back', async () => {
  await page.goto(addressOf('/settings'))
  const opener = page.getByRole('button', { name: /Choose another zone|Keep this zone/ })
  const field = page.getByRole('combobox', { name: 'Find a time zone' })
  const focused = (name: RegExp) =>
    expect.poll(() => page.evaluate(() => document.activeElement?.textContent ?? ''), patiently).toMatch(name)
  await tabTo(page, opener)
  await page.keyboard.press('Enter')
  await page.keyboard.type('kathm')
  expect(await field.inputValue()).toBe('kathm')
  await page.keyboard.press('Escape')
  await focused(/^Choose another zone$/)

  await page.keyboard.press('Enter')
  await page.keyboard.type('tokyo')
  await page.keyboard.press('Enter')
  await focused(/^Choose another zone$/)
  expect(await field.count()).toBe(0)
  await page.getByText('Asia/Tokyo').waitFor()
  await tabTo(page, page.getByRole('button', { name: 'Save workspace' }))
  await page.keyboard.press('Enter')
  const Session = z.object({ workspaces: z.array(z.object({ timeZone: z.string() })) })
  await expect
    .poll(
      async () => Session.parse(await ana.call('GET', '/auth/session')).workspaces[0]?.timeZone,
      patiently,
    )
    .toBe('Asia/Tokyo')
})
