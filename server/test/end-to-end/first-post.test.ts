/**
 * The whole way of a first post, as a person goes it: real server, real Chromium, a real Bluesky network. The
 * steps build on each other; what an earlier one has made is what the later ones look at.
 */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { type BlueskyNetwork, freshHandle, type NetworkAccount } from '../bluesky-network/network.ts'
import { joinBlueskyNetwork } from '../bluesky-network/shared-network.ts'
import { closeProduct, type OpenProduct, openProduct } from './open-product.ts'
import { segmentsOfRecord } from './segments-of-record.ts'

let network: BlueskyNetwork
let product: OpenProduct
let page: Page
let author: NetworkAccount
let keeper: NetworkAccount
let gull: NetworkAccount
let appPassword: string

const keeperHandle = freshHandle('keeper')
const text = `Première 🌅 of the lighthouse: example.com/tour with @${keeperHandle} #sunrise`
const altText = 'A lighthouse before an orange sky'

beforeAll(async () => {
  const allowed = { OUTBOUND_ALLOW_NETWORKS: '127.0.0.0/8,::1/128', LOG_LEVEL: 'warn' }
  ;[network, product] = await Promise.all([joinBlueskyNetwork(), openProduct(allowed)])
  const enrol = (handle: string) =>
    network.createAccount({ handle, password: 'main password', email: `${handle}@example.com` })
  author = await enrol(freshHandle('lighthouse'))
  keeper = await enrol(keeperHandle)
  gull = await enrol(freshHandle('gull'))
  appPassword = await network.createAppPassword(author, 'heliograph')
  page = await product.browser.newPage({
    viewport: { width: 1280, height: 900 },
    locale: 'en-GB',
    timezoneId: 'America/New_York',
  })
  page.setDefaultTimeout(15_000)
})

afterAll(() => closeProduct(product ?? {}))

test('a person signs up, writes, publishes and sees the real numbers of a real post', {
  timeout: 180_000,
}, async ({ onTestFailed }) => {
  onTestFailed(showWhatWasSeen)
  await signUpAndCreateWorkspace()
  await connectAccount()
  const preview = await composeAndPublish()
  const uri = await seePublished()

  const { value } = await network.getRecord(uri)
  expect(value.text).toBe(text)
  expect(segmentsOfRecord(value)).toEqual(preview)
  expect(value).toMatchObject({
    embed: { images: [{ alt: altText, aspectRatio: { width: 800, height: 600 } }] },
  })
  expect(await sizeOfServedImage(value)).toEqual({ width: 800, height: 600 })
  expect(await network.listPostUris(author.did)).toEqual([uri])

  // The first reading is taken by itself soon after publishing, when nobody has liked it yet.
  await network.processAll()
  await page
    .getByText(/^as of/)
    .first()
    .waitFor()
  await othersReact(uri)
  await page.getByRole('button', { name: 'Read numbers now' }).click()
  await seeNumbers()
})

const WithImages = z.object({
  embed: z.object({
    images: z.array(z.object({ image: z.object({ ref: z.object({ $link: z.string() }) }) })),
  }),
})

/** As any other client sees the picture: every pixel is decoded, not only its head. */
async function sizeOfServedImage(record: unknown): Promise<{ width: number; height: number }> {
  const [first, ...others] = WithImages.parse(record).embed.images
  expect(others).toEqual([])
  const query = new URLSearchParams({ did: author.did, cid: first?.image.ref.$link ?? '' })
  const response = await fetch(`${network.pdsUrl}/xrpc/com.atproto.sync.getBlob?${query}`)
  expect(response.status).toBe(200)
  const { info } = await sharp(Buffer.from(await response.arrayBuffer()))
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height }
}

/** For whoever has to find out why: the page as it was, and the server's own words. */
async function showWhatWasSeen(): Promise<void> {
  const path = join(tmpdir(), 'heliograph-first-post.png')
  await page.screenshot({ path, fullPage: true })
  console.error(`the page is in ${path}\n${product.server.output()}`)
}

async function signUpAndCreateWorkspace(): Promise<void> {
  await page.goto(`${product.server.url}/sign-up`)
  await page.getByLabel('Your name').fill('Alice')
  await page.getByLabel('E-mail').fill('alice@example.com')
  await page.getByLabel('Password').fill('correct horse battery')
  await page.getByRole('button', { name: 'Create account' }).click()
  await page.getByLabel('Workspace name').fill('Lighthouse')
  await page.getByRole('button', { name: 'Create workspace' }).click()
  await page.waitForURL(/\/w\/[0-9a-f-]{36}/)
}

async function connectAccount(): Promise<void> {
  await page.getByRole('link', { name: 'Accounts' }).first().click()
  await page.getByRole('button', { name: 'Connect Bluesky' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Handle').fill(author.handle)
  await dialog.getByLabel('App password').fill('wrong')
  await dialog.getByText('Hosted elsewhere?').click()
  await dialog.getByLabel('Server').fill(network.pdsUrl)
  await dialog.getByRole('button', { name: 'Connect account' }).click()
  await dialog
    .getByText(/app password/i)
    .first()
    .waitFor()
  await dialog
    .getByText(/did not accept/i)
    .first()
    .waitFor()
  await dialog.getByLabel('App password').fill(appPassword)
  await dialog.getByRole('button', { name: 'Connect account' }).click()
  await dialog.waitFor({ state: 'hidden' })
  await page.getByText(`@${author.handle}`).first().waitFor()
}

/** Returns the segments of the last preview that the page has shown. */
async function composeAndPublish(): Promise<unknown> {
  await page.keyboard.press('c')
  const previewed = page.waitForResponse(
    async (response) =>
      response.url().endsWith('/content/preview') && (await response.json()).items[0]?.text === text,
  )
  await page.getByLabel('Post text').fill(text)
  const account = page.getByRole('checkbox', { name: `@${author.handle} on Bluesky` })
  if (!(await account.isChecked())) await account.click()
  const image = await sharp({ create: { width: 800, height: 600, channels: 3, background: '#e8883a' } })
    .png()
    .toBuffer()
  await page
    .getByLabel('Add images')
    .setInputFiles({ name: 'dawn.png', mimeType: 'image/png', buffer: image })
  await page.getByLabel('Alt text for image 1').fill(altText)
  const { items } = await (await previewed).json()
  const shown = page.getByRole('region', { name: 'Preview' })
  await shown.getByText('Première 🌅 of the lighthouse').waitFor()
  await shown.getByAltText(altText).waitFor()
  await page.getByRole('button', { name: /^Publish to 1 account now/ }).click()
  return items[0].segments
}

/** Before one's eyes: the page is not loaded again between the click and the network's address. */
async function seePublished(): Promise<string> {
  await page.evaluate(() => document.documentElement.setAttribute('data-not-reloaded', ''))
  await page.getByText('Published').first().waitFor({ timeout: 30_000 })
  expect(await page.evaluate(() => document.documentElement.hasAttribute('data-not-reloaded'))).toBe(true)
  const uris = await network.listPostUris(author.did)
  expect(uris).toHaveLength(1)
  return uris[0] ?? ''
}

async function othersReact(uri: string): Promise<void> {
  await network.like(keeper, uri)
  await network.like(gull, uri)
  await network.reply(keeper, uri, 'What a morning')
  await network.processAll()
}

async function seeNumbers(): Promise<void> {
  const numbers = page.getByRole('main')
  await numbers.getByText(/^2$/).first().waitFor()
  const chart = numbers.getByRole('img', {
    name: /^Line chart: Likes 2 after 2 readings, Replies 1 after 2 readings/,
  })
  await chart.waitFor()
  for (const name of ['Likes', 'Replies', 'Reposts', 'Quotes']) {
    await chart.locator('svg text').getByText(name, { exact: true }).waitFor()
  }
  await page.getByRole('button', { name: 'Show as table' }).click()
  const rows = page.getByRole('region', { name: 'Readings' }).getByRole('row')
  // A head and two readings: one before and one after the others had reacted.
  await expect.poll(() => rows.count(), { timeout: 15_000 }).toBe(3)
  expect(await rows.nth(1).getByRole('cell').allTextContents()).toEqual(['2', '1', '0', '0'])
  expect(await rows.nth(2).getByRole('cell').allTextContents()).toEqual(['0', '0', '0', '0'])
}
