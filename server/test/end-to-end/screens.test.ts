/**
 * What holds on every screen, seen in a real Chromium on a real server with a workspace full of life: nobody is
 * shut out, nothing jumps, nothing typed is lost, and nothing leaves the machine.
 */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DateTime } from 'luxon'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, onTestFailed, test } from 'vitest'
import { z } from 'zod'
import { type OwnBlueskyNetwork, startBlueskyNetwork } from '../bluesky-network/network.ts'
import { type RunningServer, startServer } from '../running-server.ts'
import { openFrontDoor } from './front-door.ts'
import { type FullWorkspace, makeFullWorkspace, wallClock, zone } from './full-workspace.ts'
import { fillByKeys, tabTo } from './keyboard.ts'
import { closeProduct, openProduct } from './open-product.ts'
import { type Person, password } from './person.ts'
import { layoutShiftOf, noteLayoutShifts, tour, type Visit } from './screen-tour.ts'
import { serveAvatars, watchPage } from './watch-page.ts'

/** The browser shares the machine with the rest of the run. */
const patiently = { timeout: 15_000 }
const allowed = { OUTBOUND_ALLOW_NETWORKS: '127.0.0.0/8,::1/128', LOG_LEVEL: 'warn' }

let network: OwnBlueskyNetwork
let server: RunningServer
let browser: Browser
let directory: string
let made: FullWorkspace
let visits: readonly Visit[]

beforeAll(async () => {
  const [ownNetwork, product] = await Promise.all([startBlueskyNetwork(), openProduct(allowed)])
  network = ownNetwork
  ;({ directory, server, browser } = product)
  made = await makeFullWorkspace(server.url, network)
  visits = await tour(browser, server.url, made)
}, 150_000)

// Not after each: a failed test still has its page photographed then.
beforeEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()))
})

afterAll(async () => {
  await Promise.all([
    closeProduct({ directory, server, browser }),
    network?.stop(),
    made?.lighthouseNetwork.close(),
  ])
})

async function openPage(person: Person | null, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    locale: 'en-GB',
    timezoneId: 'America/New_York',
    ...options,
  })
  if (person) await person.enter(context)
  await serveAvatars(context, made.avatarUrls)
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  onTestFailed(async () => {
    const path = join(tmpdir(), 'heliograph-screens.png')
    if (!page.isClosed()) await page.screenshot({ path, fullPage: true })
    console.error(`the page is in ${path}\n${server.output()}`)
  })
  return page
}

const addressOf = (path = '') => `${server.url}/w/${made.workspaceId}${path}`
/** Each screen with what is wrong there; empty when all is well. */
const faults = (of: (visit: Visit) => readonly unknown[]) =>
  visits.flatMap((visit) => of(visit).map((fault) => `${visit.name}: ${fault}`))

test('no screen shuts anybody out: axe finds nothing, light or dark, wide or narrow', () => {
  expect(visits).toHaveLength(50)
  expect(faults((visit) => visit.violations)).toEqual([])
})

test('no screen scrolls sideways', () => {
  expect(faults(({ tooWidePx }) => (tooWidePx > 0 ? [`${tooWidePx} px too wide`] : []))).toEqual([])
})

test('no screen jumps while it loads', async () => {
  expect(faults(({ layoutShift }) => (layoutShift < 0.1 ? [] : [layoutShift.toFixed(3)]))).toEqual([])
  // The same measure notices a page that does jump.
  const page = await openPage(made.owner)
  await page.addInitScript(noteLayoutShifts)
  await page.goto(addressOf())
  await page.getByRole('heading', { name: 'Goes out next' }).waitFor()
  await page.evaluate(() => {
    const late = document.createElement('div')
    late.style.height = '400px'
    document.body.prepend(late)
  })
  await expect.poll(() => layoutShiftOf(page), patiently).toBeGreaterThan(0.1)
})

test('no request leaves the machine and no screen breaks a rule of the browser', () => {
  expect(faults((visit) => visit.foreignRequests)).toEqual([])
  expect(faults((visit) => visit.consoleErrors)).toEqual([])
})

test('signing up, connecting, writing and publishing need nothing but the keyboard', async () => {
  const account = await network.createAccount({
    handle: 'fingers.test',
    password: 'pw',
    email: 'f@example.com',
  })
  const appPassword = await network.createAppPassword(account, 'heliograph')
  const page = await openPage(null)
  const watched = watchPage(page, server.url)
  const { keyboard } = page
  const button = (name: string | RegExp) => page.getByRole('button', { name }).first()

  await page.goto(`${server.url}/sign-up`)
  await fillByKeys(page, 'Your name', 'Fingers')
  await fillByKeys(page, 'E-mail', 'fingers@example.com')
  await fillByKeys(page, 'Password', password)
  await keyboard.press('Enter')
  await fillByKeys(page, 'Workspace name', 'Keys only')
  await keyboard.press('Enter')

  await tabTo(page, page.getByRole('link', { name: 'Connect an account' }))
  await keyboard.press('Enter')
  await tabTo(page, button('Connect Bluesky'))
  await keyboard.press('Space')
  await fillByKeys(page, 'Handle', account.handle)
  await fillByKeys(page, 'App password', appPassword)
  await tabTo(page, page.locator('summary'))
  await keyboard.press('Enter')
  await fillByKeys(page, 'Server', network.pdsUrl)
  await keyboard.press('Enter')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })

  await keyboard.press('c')
  await fillByKeys(page, 'Post text', 'Written, planned and sent without a mouse')
  await page.getByText('Fits @fingers.test').waitFor()
  await tabTo(page, button(/^Publish to 1 account now/))
  await keyboard.press('Enter')
  await page.getByText('Published', { exact: true }).first().waitFor()
  expect(await network.listPostUris(account.did)).toHaveLength(1)

  await keyboard.press('Control+k')
  await page.getByRole('combobox').waitFor()
  await keyboard.type('sett')
  await keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor()
  await keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keys' }).waitFor()
  await keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  await keyboard.press('g')
  await keyboard.press('c')
  await page.getByRole('grid', { name: 'Posts by day' }).waitFor()
  for (const menu of [/^Workspace/, /sign out/]) {
    await tabTo(page, button(menu))
    await keyboard.press('Enter')
    await page.getByRole('menu').waitFor()
    await keyboard.press('Escape')
    await page.getByRole('menu').waitFor({ state: 'hidden' })
  }
  expect(watched).toEqual({ foreignRequests: [], consoleErrors: [] })
})

test('a viewer sees why they cannot write, and nothing that pretends they could', async () => {
  const page = await openPage(made.viewer)
  await page.goto(addressOf())
  await page.getByRole('heading', { name: 'Goes out next' }).waitFor()
  expect(await page.getByRole('link', { name: 'Write', exact: true }).count()).toBe(0)
  await page.keyboard.press('c')
  await page.getByText(/As viewer you can't write and publish.*owner or admin can give it to you/).waitFor()
  expect(await page.getByLabel('Post text').count()).toBe(0)
  await page.goto(addressOf('/accounts'))
  await page.getByText(/As viewer you can't connect accounts/).waitFor()
  expect(await page.getByRole('button', { name: /Connect|Disconnect/ }).count()).toBe(0)
})

test("times are told in the workspace's zone by name, and in the reader's own where it differs", async () => {
  // The year is told only where it is not the present one.
  const year = made.plannedFor.hasSame(DateTime.now(), 'year') ? '' : ' yyyy'
  const there = made.plannedFor.setLocale('en-GB').toFormat(`ccc d LLL${year}, HH:mm`)
  const own = made.plannedFor.setZone('America/New_York').toFormat('HH:mm')
  const both = `${there} Berlin (${own} New York)`
  const abroad = await openPage(made.owner)
  await abroad.goto(addressOf())
  const row = abroad.getByRole('link', { name: /Three more nights/ }).first()
  await row.getByText(`${there} Berlin`).waitFor()
  expect(await row.getByTitle(both, { exact: true }).count()).toBe(1)
  await abroad.goto(addressOf(`/posts/${made.posts.planned}`))
  await abroad.getByText(both).first().waitFor()
  await abroad.goto(addressOf(`/write?at=${wallClock(made.plannedFor)}`))
  await abroad.getByRole('button', { name: `Schedule for ${both}` }).waitFor()
  await abroad.getByText('Time in Berlin; you are in New York').waitFor()

  const athome = await openPage(made.owner, { timezoneId: zone })
  await athome.goto(addressOf(`/posts/${made.posts.planned}`))
  await athome.getByText(`${there} Berlin`).first().waitFor()
  expect(await athome.getByText('New York').count()).toBe(0)
})

test('names at the ends of the lines never lie on each other', async () => {
  const page = await openPage(made.owner)
  await page.goto(addressOf(`/posts/${made.posts.published}`))
  const names = ['Likes', 'Replies', 'Reposts', 'Quotes']
  const boxes = await Promise.all(
    names.map((name) => page.locator('[role=img] svg text').getByText(name, { exact: true }).boundingBox()),
  )
  const tops = boxes.map((box) => box?.y ?? Number.NaN).toSorted((one, other) => one - other)
  const distances = tops.slice(1).map((top, index) => top - (tops[index] ?? 0))
  expect(distances).toHaveLength(3)
  expect(Math.min(...distances)).toBeGreaterThanOrEqual(12)
})

test('an untouched composer finds no fault with anybody', async () => {
  const page = await openPage(made.owner)
  await page.goto(addressOf('/write'))
  await page.getByRole('checkbox', { name: '@lighthouse.test on Bluesky' }).press('Space')
  await page.getByText('What you write shows here as Bluesky will show it.').waitFor()
  expect(await page.getByText('The post is empty').count()).toBe(0)
})

test('a rejected post leads back to its words first, and a failed one can be taken back too', async () => {
  const page = await openPage(made.editor)
  await page.goto(addressOf(`/posts/${made.posts.rejected}`))
  const panel = page.getByRole('alert').filter({ hasText: 'Not published on @tender.test' })
  await panel.waitFor()
  expect(await panel.getByRole('button').allTextContents()).toEqual(['Take back and edit', 'Retry'])
  await panel.getByRole('button', { name: 'Take back and edit' }).click()
  const editor = page.getByLabel('Post text')
  await expect.poll(() => editor.inputValue(), patiently).toBe('Words that the network will not have')
  expect(new URL(page.url()).searchParams.has('at')).toBe(false)
  await page.goto(addressOf(`/posts/${made.posts.rejected}`))
  await page.getByRole('link', { name: 'Edit draft' }).waitFor()
  expect(await page.getByText('Not published on').count()).toBe(0)

  await page.goto(addressOf(`/posts/${made.posts.failed}`))
  await page.getByRole('button', { name: 'Take back and edit' }).click()
  await expect.poll(() => editor.inputValue(), patiently).toBe('The street team’s thank-you 💛')
})

test('who may not connect accounts is told who can, instead of being led to a closed door', async () => {
  const path = addressOf(`/posts/${made.posts.held}`)
  const bob = await openPage(made.editor)
  await bob.goto(path)
  await bob.getByText('An owner, admin or manager of this workspace can connect @gull.test again.').waitFor()
  expect(await bob.getByRole('link', { name: /Reconnect/ }).count()).toBe(0)
  const ana = await openPage(made.owner)
  await ana.goto(path)
  await ana.getByRole('link', { name: 'Reconnect @gull.test' }).waitFor()
  expect(await ana.getByText('of this workspace can connect').count()).toBe(0)
})

test('only an operator is led to the operations, and whoever is none is told who makes one', async () => {
  const menu = (page: Page) => page.getByRole('button', { name: /sign out/ }).first()
  const ana = await openPage(made.owner)
  await ana.goto(addressOf())
  await menu(ana).click()
  await ana.getByRole('menuitem', { name: 'Operations' }).click()
  await ana.getByRole('heading', { level: 1, name: 'Operations' }).waitFor()
  await ana.getByRole('rowheader', { name: /Make partitions ahead/ }).waitFor()
  await ana.getByRole('link', { name: 'Back to my workspace' }).click()
  await ana.getByRole('heading', { name: 'Goes out next' }).waitFor()

  const bob = await openPage(made.editor)
  await bob.goto(addressOf())
  await menu(bob).click()
  await bob.getByRole('menuitem', { name: 'Keys' }).waitFor()
  expect(await bob.getByRole('menuitem', { name: 'Operations' }).count()).toBe(0)
  await bob.goto(`${server.url}/operations`)
  await bob
    .getByRole('alert')
    .getByText(/Only an operator of this installation.*npm run heliograph -- operator/)
    .waitFor()
  expect(await bob.getByRole('button', { name: /Run now/ }).count()).toBe(0)
})

test('home names each post that waits for somebody and says what is going on', async () => {
  const page = await openPage(made.owner)
  await page.goto(addressOf())
  const needsMe = page.getByRole('region', { name: /^Needs you/ })
  await needsMe.getByRole('link', { name: /lost its password.*Connect the account again.*Held/s }).waitFor()
})

test('whoever syncs an account learns what became of it', async () => {
  const page = await openPage(made.owner)
  await page.goto(addressOf('/accounts'))
  const row = page.getByRole('listitem').filter({ hasText: '@lighthouse.test' })
  await row.getByRole('button', { name: 'Sync now: @lighthouse.test' }).click()
  await row.getByText(/^Read at \d\d:\d\d$/).waitFor()
  await page.getByRole('button', { name: 'Sync now: @gull.test' }).click()
  await page
    .getByRole('listitem')
    .filter({ hasText: '@gull.test' })
    .getByRole('alert')
    .getByText('Not read', { exact: true })
    .waitFor()
})

test('whoever asks for numbers now learns what became of it', async () => {
  const page = await openPage(made.owner)
  await page.goto(addressOf(`/posts/${made.posts.published}`))
  const ask = page.getByRole('button', { name: 'Read numbers now' })
  await ask.click()
  await page.getByText(/^Read at \d\d:\d\d$/).waitFor()
  await network.revokeSessions(made.lighthouse.did)
  made.lighthouseNetwork.expireTokens()
  await ask.click()
  await page.getByText('Not read', { exact: true }).waitFor()
  await page
    .getByRole('alert')
    .getByText(/app password.*The numbers shown stay as they were/s)
    .waitFor()
})

test('a typed text survives a reload, an offline moment and the death of the server', async () => {
  const door = await openFrontDoor(server.url)
  const address = `${door.url}/w/${made.workspaceId}/write`
  const page = await openPage(made.owner)
  const context = page.context()
  const editor = page.getByLabel('Post text')
  await page.goto(address)
  await editor.fill('Typed and')
  await page.reload()
  expect(await editor.inputValue()).toBe('Typed and')
  await page.getByText(/^Saved \d\d:\d\d$/).waitFor()
  const draftId = new URL(page.url()).pathname.split('/').at(-1)
  const savedText = async () => {
    const answer = await made.owner.call('GET', `/workspaces/${made.workspaceId}/content/${draftId}`)
    return z.object({ text: z.string() }).parse(answer).text
  }

  await context.setOffline(true)
  await editor.fill('Typed and offline and')
  await page.getByText(/^Kept on this device/).waitFor()
  await context.setOffline(false)
  await page.getByText(/^Saved \d\d:\d\d$/).waitFor()
  expect(await savedText()).toBe('Typed and offline and')

  const draft = page.url()
  server.child.kill('SIGKILL')
  await editor.fill('Typed and offline and without a server')
  await page.getByText(/^Kept on this device/).waitFor()
  await page.close()
  server = await eventuallyStarted()
  door.leadTo(server.url)
  const later = await context.newPage()
  await later.goto(draft)
  await later.getByText('This is what you had typed on this device').waitFor()
  expect(await later.getByLabel('Post text').inputValue()).toBe('Typed and offline and without a server')
  await later.getByText(/^Saved \d\d:\d\d$/).waitFor()
  await door.close()
}, 90_000)

const eventuallyStarted = () => startServer(directory, allowed)
