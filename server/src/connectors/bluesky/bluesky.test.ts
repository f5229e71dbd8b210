import { randomUUID } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import sharp from 'sharp'
import { beforeAll, expect, test } from 'vitest'
import type { BlueskyNetwork, NetworkAccount } from '../../../test/bluesky-network/network.ts'
import { joinBlueskyNetwork } from '../../../test/bluesky-network/shared-network.ts'
import { systemClock } from '../../infra/clock.ts'
import { createGuardedFetch } from '../../infra/outbound-http/guarded-fetch.ts'
import { type ConnectorHarness, describeConnector, failureOf, type HarnessAccount } from '../conformance.ts'
import type { AccountSession, ConnectorContext, PreparedImage } from '../connector.ts'
import { auth } from './auth.ts'
import { bluesky } from './index.ts'
import { publish } from './publish.ts'
import { read } from './read.ts'
import { facetsOf } from './record.ts'

/** Names under `.invalid` exist nowhere (RFC 6761), which a machine without a resolver could not tell. */
async function lookupName(hostname: string) {
  if (hostname.endsWith('.invalid')) throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })
  return lookup(hostname, { all: true })
}

const guardedFetch = createGuardedFetch({
  lookup: lookupName,
  allowNetworks: ['127.0.0.0/8', '::1/128'],
  maxResponseBytes: 5_000_000,
  timeoutMs: 20_000,
  maxRedirects: 3,
})
const context = (): ConnectorContext => ({
  fetch: guardedFetch,
  clock: systemClock,
  signal: AbortSignal.timeout(20_000),
})

let network: BlueskyNetwork
let fan: NetworkAccount
const owners = new Map<string, NetworkAccount>()

async function createOwner(name: string): Promise<NetworkAccount> {
  const handle = `${name}-${randomUUID().slice(0, 8)}.test`
  const owner = await network.createAccount({
    handle,
    password: randomUUID(),
    email: `${handle}@example.com`,
  })
  owners.set(owner.did, owner)
  return owner
}

async function createAccount(): Promise<HarnessAccount> {
  const owner = await createOwner('alice')
  return {
    serviceUrl: network.pdsUrl,
    username: owner.handle,
    appPassword: await network.createAppPassword(owner, 'heliograph'),
    platformAccountId: owner.did,
  }
}

const harness: ConnectorHarness = {
  context,
  createAccount,
  listPostIds: (did) => network.listPostUris(did),
  async deletePost(account, uri) {
    const owner = owners.get(account.platformAccountId)
    if (owner) await network.deleteRecord(owner, uri)
  },
  async like(uri) {
    await network.like(fan, uri)
  },
  revokeSessions: (did) => network.revokeSessions(did),
  settle: () => network.processAll(),
  unreachableServiceUrl: 'http://127.0.0.1:9',
}

let account: HarnessAccount
let session: AccountSession

beforeAll(async () => {
  network = await joinBlueskyNetwork()
  fan = await createOwner('fan')
  account = await createAccount()
  session = await auth.connect(context(), account)
}, 60_000)

describeConnector(bluesky, () => harness)

async function publishText(text: string, options: { publicationId?: string; images?: PreparedImage[] } = {}) {
  const identity = {
    publicationId: options.publicationId ?? randomUUID(),
    createdAt: new Date('2026-11-20T10:00:00Z'),
  }
  const rendered = await publish.render(text, context(), session.serviceUrl)
  const uploaded = await publish.upload(context(), session, options.images ?? [])
  return { rendered, post: await publish.send(context(), session, { identity, rendered, uploaded }) }
}

test('a handle is accepted with @, spaces and capitals, and so are a DID and an e-mail address', async () => {
  const owner = await createOwner('bob')
  const names = [` @${owner.handle.toUpperCase()} `, owner.did, `${owner.handle}@example.com`]
  for (const username of names) {
    const input = { serviceUrl: network.pdsUrl, username, appPassword: owner.password }
    expect((await auth.connect(context(), input)).platformAccountId).toBe(owner.did)
  }
})

test('the record is the preview: same text, and facets whose bytes cut out the very segments', async () => {
  const text = `Grüße 👩‍👩‍👧 an @${fan.handle}, @nobody-here.test: example.com/x, (https://a.example/(b)) #Ünïcode! $ABC  \n\n ende  `
  const { rendered, post } = await publishText(text)
  const { value } = await network.getRecord(post.platformPostId)
  expect(value.text).toBe(text)
  expect(value.facets).toEqual(facetsOf(rendered.segments))
  const bytes = Buffer.from(text)
  const shown = facetsOf(rendered.segments).map(({ index, features }) => [
    bytes.subarray(index.byteStart, index.byteEnd).toString(),
    features[0],
  ])
  expect(shown).toEqual([
    [`@${fan.handle}`, { $type: 'app.bsky.richtext.facet#mention', did: fan.did }],
    ['example.com/x', { $type: 'app.bsky.richtext.facet#link', uri: 'https://example.com/x' }],
    ['https://a.example/(b))', { $type: 'app.bsky.richtext.facet#link', uri: 'https://a.example/(b))' }],
    ['#Ünïcode', { $type: 'app.bsky.richtext.facet#tag', tag: 'Ünïcode' }],
    ['$ABC', { $type: 'app.bsky.richtext.facet#tag', tag: '$ABC' }],
  ])
  expect(rendered.segments).toContainEqual({
    kind: 'mention',
    text: '@nobody-here.test',
    platformAccountId: null,
  })
})

test('a post with links and tags that the network would refuse is published with them as plain text', async () => {
  const hostile = `https:///x http://[ https://exa mple.com @a..b.test #${'e\u0301\u0301\u0301\u0301\u0301\u0301'.repeat(60)} \uD83D`
  const { rendered, post } = await publishText(hostile)
  expect(rendered.text.endsWith('\uFFFD')).toBe(true)
  expect((await network.getRecord(post.platformPostId)).value.text).toBe(rendered.text)
})

test('the network counts as the preview does: what just fits is taken, one more is refused by both', async () => {
  const family = '👨‍👩‍👧‍👦'
  const byBytes = family.repeat(120)
  const fitting = await publishText(byBytes)
  expect(fitting.rendered).toMatchObject({ count: 120, bytes: 3_000, faults: [] })
  const cases = [`${byBytes}a`, 'e\u0301'.repeat(301)]
  for (const text of cases) {
    const rendered = await publish.render(text, context(), session.serviceUrl)
    expect(rendered.faults).toHaveLength(1)
    expect((await failureOf(publishText(text))).code).toBe('rejected')
  }
  const combined = await publishText('e\u0301'.repeat(300))
  expect(combined.rendered).toMatchObject({ count: 300, faults: [] })
})

test('images go out with their alternative texts and proportions', async () => {
  const bytes = await sharp({ create: { width: 60, height: 30, channels: 3, background: '#f80' } })
    .png()
    .toBuffer()
  const image = { bytes, mimeType: 'image/png', widthPx: 60, heightPx: 30 }
  const images = [
    { ...image, altText: 'An orange field' },
    { ...image, altText: '' },
  ]
  const publicationId = randomUUID()
  const { post } = await publishText('With images', { publicationId, images })
  const { value } = await network.getRecord(post.platformPostId)
  const blob = {
    $type: 'blob',
    ref: { $link: expect.any(String) },
    mimeType: 'image/png',
    size: bytes.length,
  }
  expect(value.embed).toEqual({
    $type: 'app.bsky.embed.images',
    images: [
      { image: blob, alt: 'An orange field', aspectRatio: { width: 60, height: 30 } },
      { image: blob, alt: '', aspectRatio: { width: 60, height: 30 } },
    ],
  })
  expect((await publishText('With images', { publicationId, images })).post).toEqual(post)
})

test("an image beyond the network's limit is rejected with its remedy, and no post is made", async () => {
  const before = await network.listPostUris(account.platformAccountId)
  const bytes = new Uint8Array(2_000_001)
  const images = [{ bytes, mimeType: 'image/png', widthPx: 10, heightPx: 10, altText: '' }]
  const failure = await failureOf(publishText('Too large', { images }))
  expect(failure.code).toBe('rejected')
  expect(await network.listPostUris(account.platformAccountId)).toEqual(before)
})

test('a post with other content under the same key is never overwritten', async () => {
  const publicationId = randomUUID()
  const { post } = await publishText('The first words', { publicationId })
  const failure = await failureOf(publishText('Other words', { publicationId }))
  expect(failure.code).toBe('duplicate')
  expect((await network.getRecord(post.platformPostId)).value.text).toBe('The first words')
})

test('likes, replies, reposts and quotes are read back as they are, of many posts in one call', async () => {
  const { post } = await publishText('Measured')
  const { post: quiet } = await publishText('Quiet')
  await network.like(fan, post.platformPostId)
  await network.repost(fan, post.platformPostId)
  await network.reply(fan, post.platformPostId, 'First')
  await network.reply(fan, post.platformPostId, 'Second')
  await network.quote(fan, post.platformPostId, 'Look')
  await network.processAll()
  const measured = await read.postMetrics(context(), session, [quiet.platformPostId, post.platformPostId])
  const byId = new Map(measured.map((each) => [each.platformPostId, each]))
  expect(byId.get(post.platformPostId)?.metrics).toEqual({ likes: 1, comments: 2, shares: 1, quotes: 1 })
  expect(byId.get(quiet.platformPostId)?.metrics).toEqual({ likes: 0, comments: 0, shares: 0, quotes: 0 })
  expect(byId.get(post.platformPostId)?.raw).toMatchObject({ record: { text: 'Measured' } })
})
