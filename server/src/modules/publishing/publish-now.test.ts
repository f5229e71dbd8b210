import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type ConnectedWorld,
  createConnectedWorld,
  eventually,
  expectStatus,
} from '../../../test/connected-world.ts'

let here: ConnectedWorld
let accountId: string
let did: string
beforeAll(async () => {
  here = await createConnectedWorld({ PUBLISH_SWEEP_INTERVAL_MS: '200' })
  const account = await here.join('alice')
  did = account.did
  accountId = await here.connect(account)
  await here.world.app.startWorker()
})
afterAll(() => here?.stop())

const published = (contentId: string) =>
  eventually(
    () => here.seen(contentId),
    ({ status }) => status === 'published',
  )
const uriOf = async (publicationId: string) => {
  const [row] = await here.world.query<{ platform_post_id: string }>(
    'select platform_post_id from publications where id = $1',
    [publicationId],
  )
  return row?.platform_post_id ?? ''
}
const publish = (contentId: string, publishAt = 'now') =>
  here.cast.bob.request('POST', `${here.path}/content/${contentId}/publish`, { publishAt })

test('a post that is published now is on the network once, and says where', async () => {
  const { contentId, publicationId } = await here.publish('Out at once', [accountId])
  const seen = await published(contentId)
  expect(seen).toMatchObject({ failure: null, held: false, platformPostUrl: expect.stringContaining(did) })
  expect(await here.network.listPostUris(did)).toEqual([await uriOf(publicationId)])
  expect(await here.attempts(publicationId)).toMatchObject([
    { number: 1, outcome: 'succeeded', failureCode: null, submittedAt: expect.any(String) },
  ])
  const { body } = await here.cast.vera.request('GET', `${here.path}/content/${contentId}`)
  expect(body).toMatchObject({ status: 'published', publishedAt: seen.publishedAt, createdBy: 'Bob' })
})

interface Facet {
  index: { byteStart: number; byteEnd: number }
  features: { $type: string; uri?: string; tag?: string; did?: string }[]
}

test('a preview shows each account once, and asks the network for names only for those who may write', async () => {
  const { bob, vera } = here.cast
  const asked = () => here.gate.count('com.atproto.identity.resolveHandle')
  const preview = async (person: typeof bob) => {
    const before = asked()
    const input = { text: 'Hello @alice.test', accountIds: [accountId, accountId, accountId] }
    const { body } = await person.request('POST', `${here.path}/content/preview`, input)
    return { shown: body.items.length, asked: asked() - before }
  }
  expect(await preview(bob)).toEqual({ shown: 1, asked: 1 })
  expect(await preview(vera)).toEqual({ shown: 1, asked: 0 })
})

test('the record on the network is what the preview showed: text, mention, link and hashtag', async () => {
  const bob = await here.join('bob')
  const text = `👋🏽 @${bob.handle} and @nobody-here.test, see https://example.com/a?b=c #Größe`
  const preview = await here.cast.bob.request('POST', `${here.path}/content/preview`, {
    text,
    accountIds: [accountId],
  })
  const { segments } = preview.body.items[0]
  const { contentId, publicationId } = await here.publish(text, [accountId])
  await published(contentId)

  const { value } = await here.network.getRecord(await uriOf(publicationId))
  expect(value.text).toBe(segments.map((segment: { text: string }) => segment.text).join(''))
  const bytes = Buffer.from(text)
  const facets = (value.facets as Facet[]).map(({ index, features: [feature] }) => ({
    text: bytes.subarray(index.byteStart, index.byteEnd).toString(),
    target: feature?.did ?? feature?.uri ?? feature?.tag,
  }))
  expect(facets).toEqual([
    { text: `@${bob.handle}`, target: bob.did },
    { text: 'https://example.com/a?b=c', target: 'https://example.com/a?b=c' },
    { text: '#Größe', target: 'Größe' },
  ])
  const shown = segments
    .map(({ text, ...rest }: { text: string; platformAccountId?: string; url?: string; tag?: string }) => ({
      text,
      target: rest.platformAccountId ?? rest.url ?? rest.tag,
    }))
    .filter(({ target }: { target?: string }) => target)
  expect(facets).toEqual(shown)
})

test('images go out in order with their alt text, upright, within limits, without where they were taken', async () => {
  const photo = await sharp({ create: { width: 3_000, height: 1_500, channels: 3, background: '#2266aa' } })
    .withExif({ IFD0: { Copyright: 'taken at home' }, IFD3: { GPSLatitude: '52/1 31/1 0/1' } })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer()
  expect((await sharp(photo).metadata()).exif).toBeDefined()
  const drawing = await sharp({ create: { width: 80, height: 40, channels: 4, background: '#ff000080' } })
    .png()
    .toBuffer()
  const upload = async (bytes: Buffer) =>
    expectStatus(201, await here.cast.bob.request('POST', `${here.path}/media`, bytes)).body
  const media = [
    { mediaId: (await upload(photo)).id, altText: 'A blue wall' },
    { mediaId: (await upload(drawing)).id, altText: 'A red box' },
  ]
  const { contentId, publicationId } = await here.draft('Two images', [accountId], media)
  expectStatus(202, await publish(contentId))
  await published(contentId)

  const { value } = await here.network.getRecord(await uriOf(publicationId))
  const { images } = value.embed as {
    images: { alt: string; aspectRatio: object; image: { ref: { $link: string }; mimeType: string } }[]
  }
  expect(images).toMatchObject([
    { alt: 'A blue wall', aspectRatio: { width: 1_000, height: 2_000 }, image: { mimeType: 'image/jpeg' } },
    { alt: 'A red box', aspectRatio: { width: 80, height: 40 }, image: { mimeType: 'image/png' } },
  ])
  for (const { image } of images) {
    const query = new URLSearchParams({ did, cid: image.ref.$link })
    const response = await fetch(`${here.network.pdsUrl}/xrpc/com.atproto.sync.getBlob?${query}`)
    const bytes = Buffer.from(await response.arrayBuffer())
    const facts = await sharp(bytes).metadata()
    expect(bytes.length).toBeLessThanOrEqual(2_000_000)
    expect(Math.max(facts.width, facts.height)).toBeLessThanOrEqual(2_000)
    expect(facts.exif).toBeUndefined()
    expect(facts.orientation ?? 1).toBe(1)
  }
})

test('a planned post goes out at its time: not before, and at most three seconds after', async () => {
  const plannedFor = new Date(Date.now() + 3_500)
  const { contentId, publicationId } = await here.publish('Planned', [accountId], plannedFor.toISOString())
  expect(await here.seen(contentId)).toMatchObject({
    status: 'scheduled',
    scheduledFor: plannedFor.toISOString(),
  })
  const { publishedAt } = await published(contentId)
  const lateMs = Date.parse(publishedAt) - plannedFor.getTime()
  expect(lateMs).toBeGreaterThanOrEqual(0)
  expect(lateMs).toBeLessThan(3_000)
  const [attempt] = await here.attempts(publicationId)
  expect(Date.parse(attempt.startedAt)).toBeGreaterThanOrEqual(plannedFor.getTime())
  const { value } = await here.network.getRecord(await uriOf(publicationId))
  expect(Date.parse(String(value.createdAt))).toBeGreaterThanOrEqual(plannedFor.getTime())
})

test('one content goes to two accounts as two publications of their own', async () => {
  const other = await here.join('second')
  const otherId = await here.connect(other)
  const { contentId } = await here.publish('To both', [accountId, otherId])
  const { body } = await eventually(
    () => here.cast.vera.request('GET', `${here.path}/content/${contentId}`),
    (answer) => answer.body.status === 'published',
  )
  expect(body.publications.map(({ status }: { status: string }) => status)).toEqual([
    'published',
    'published',
  ])
  expect(await here.network.listPostUris(other.did)).toHaveLength(1)
})

test('a published post can be neither changed, cancelled, deleted nor published again', async () => {
  const { contentId } = await here.publish('Final', [accountId])
  await published(contentId)
  const { bob } = here.cast
  const item = `${here.path}/content/${contentId}`
  const before = await here.network.listPostUris(did)
  for (const answer of [
    await bob.request('PATCH', item, { text: 'Other', accountIds: [accountId] }),
    await bob.request('POST', `${item}/cancel`),
    await bob.request('DELETE', item),
    await publish(contentId),
  ]) {
    expect(answer.status).toBe(409)
  }
  expect(await here.network.listPostUris(did)).toEqual(before)
})
