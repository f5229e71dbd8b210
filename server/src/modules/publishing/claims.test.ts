import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { NetworkAccount } from '../../../test/bluesky-network/network.ts'
import { passOn } from '../../../test/chaos/gate.ts'
import {
  type ConnectedWorld,
  createConnectedWorld,
  eventually,
  expectStatus,
  type Written,
} from '../../../test/connected-world.ts'
import type { Services } from '../services.ts'
import { publishPost } from './publish-post.ts'

const put = 'com.atproto.repo.putRecord'
const upload = 'com.atproto.repo.uploadBlob'

// No worker runs: each test is its own workers.
let here: ConnectedWorld
let services: Services
let account: NetworkAccount
let accountId: string
beforeAll(async () => {
  here = await createConnectedWorld({ PUBLISH_CALL_TIMEOUT_MS: '800' })
  services = here.world.app.services
  account = await here.join('alice')
  accountId = await here.connect(account)
})
afterEach(() => here.gate.keep())
afterAll(() => here?.stop())

const work = (publicationId: string, as: Services = services) =>
  publishPost(as, here.cast.workspaceId, publicationId)

/** Works on a publication again and again, as wake-ups do, until it is published. */
const takeOver = ({ contentId, publicationId }: Written) =>
  eventually(
    async () => {
      await work(publicationId)
      return here.seen(contentId)
    },
    ({ status }) => status === 'published',
  )

async function publishWithImage(text: string): Promise<Written> {
  const bytes = await sharp({ create: { width: 20, height: 20, channels: 3, background: 'red' } })
    .png()
    .toBuffer()
  const { bob } = here.cast
  const { body } = expectStatus(201, await bob.request('POST', `${here.path}/media`, bytes))
  const written = await here.draft(text, [accountId], [{ mediaId: body.id, altText: 'red' }])
  const path = `${here.path}/content/${written.contentId}/publish`
  expectStatus(202, await bob.request('POST', path, { publishAt: 'now' }))
  return written
}

test('eight wake-ups of one publication at once send it once', async () => {
  const { contentId, publicationId } = await here.publish('Woken often', [accountId])
  const before = here.gate.count(put)
  await Promise.all(Array.from({ length: 8 }, () => work(publicationId)))
  expect(await here.seen(contentId)).toMatchObject({ status: 'published' })
  expect(here.gate.count(put)).toBe(before + 1)
  expect(await here.attempts(publicationId)).toHaveLength(1)
  await work(publicationId)
  expect(here.gate.count(put)).toBe(before + 1)
})

test('a publication that is not due is not touched by a wake-up', async () => {
  const { contentId, publicationId } = await here.publish(
    'Too early',
    [accountId],
    new Date(Date.now() + 600_000).toISOString(),
  )
  await work(publicationId)
  expect(await here.seen(contentId)).toMatchObject({ status: 'scheduled' })
  expect(await here.attempts(publicationId)).toEqual([])
})

test('a worker that was halted until its lease had ended does not send what another has taken over', async () => {
  const written = await publishWithImage('Halted before sending')
  const [putsBefore, uploadsBefore] = [here.gate.count(put), here.gate.count(upload)]
  const halted = Promise.withResolvers<void>()
  const reached = Promise.withResolvers<void>()
  const { withWorkspace } = services.doors
  const slow: Services = {
    ...services,
    doors: {
      ...services.doors,
      async withWorkspace(workspaceId, body) {
        // The first door after the upload is the one that marks the publication as submitted.
        if (here.gate.count(upload) > uploadsBefore) {
          reached.resolve()
          await halted.promise
        }
        return withWorkspace(workspaceId, body)
      },
    },
  }
  const zombie = work(written.publicationId, slow)
  await reached.promise
  await takeOver(written)
  expect(here.gate.count(put)).toBe(putsBefore + 1)
  halted.resolve()
  await zombie
  expect(here.gate.count(put)).toBe(putsBefore + 1)
  expect(await here.seen(written.contentId)).toMatchObject({ status: 'published' })
  expect(await here.attempts(written.publicationId)).toMatchObject([
    { number: 1, outcome: 'failed', submittedAt: null, detail: expect.stringContaining('before anything') },
    { number: 2, outcome: 'succeeded' },
  ])
})

test('a worker that fails after it lost its claim changes nothing about the publication', async () => {
  const written = await publishWithImage('Failed too late')
  const halted = Promise.withResolvers<void>()
  const reached = Promise.withResolvers<void>()
  const slow: Services = {
    ...services,
    storage: {
      ...services.storage,
      async get(key) {
        reached.resolve()
        await halted.promise
        return services.storage.get(key)
      },
    },
  }
  const zombie = work(written.publicationId, slow)
  await reached.promise
  const published = await takeOver(written)
  halted.resolve()
  await zombie
  expect(await here.seen(written.contentId)).toEqual(published)
})

test('a claim is nobody else’s until its lease has ended, and the lease outlasts the call', async () => {
  const { contentId, publicationId } = await here.publish('Leased', [accountId])
  const held = Promise.withResolvers<void>()
  const arrived = Promise.withResolvers<void>()
  here.gate.keep(async (passage) => {
    if (passage.nsid !== put) return passOn(passage)
    arrived.resolve()
    await held.promise
    return passOn(passage)
  })
  const sending = work(publicationId)
  await arrived.promise
  const before = here.gate.count(put)
  await Promise.all([work(publicationId), work(publicationId)])
  const [lease] = await here.world.query<{ ms: string }>(
    'select extract(epoch from due_at - now()) * 1000 as ms from publications where id = $1',
    [publicationId],
  )
  expect(Number(lease?.ms)).toBeGreaterThan(services.config.PUBLISH_CALL_TIMEOUT_MS)
  expect(here.gate.count(put)).toBe(before)
  held.resolve()
  await sending
  expect(await here.seen(contentId)).toMatchObject({ status: 'published' })
})

test('a cancellation that races with the claim either stops the post for good or comes too late', async () => {
  for (let turn = 0; turn < 12; turn++) {
    const text = `Raced ${turn}`
    const { contentId, publicationId } = await here.publish(text, [accountId])
    const cancel = () => here.cast.bob.request('POST', `${here.path}/content/${contentId}/cancel`)
    const pair = turn % 2 ? [work(publicationId), cancel()] : [cancel(), work(publicationId)]
    const cancelled = (await Promise.all(pair)).find((answer) => answer)
    await work(publicationId)
    const uris = await here.network.listPostUris(account.did)
    const records = await Promise.all(uris.map((uri) => here.network.getRecord(uri)))
    const sent = records.filter(({ value }) => value.text === text).length
    const { status } = await here.seen(contentId)
    const seen = { cancelled: cancelled?.status, status, sent }
    if (cancelled?.status === 200) expect(seen).toEqual({ cancelled: 200, status: 'cancelled', sent: 0 })
    else expect(seen).toEqual({ cancelled: 409, status: 'published', sent: 1 })
  }
})
