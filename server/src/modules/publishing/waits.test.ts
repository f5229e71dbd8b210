/** A wait that a network asks for has its end, and none is left over where nothing goes out any more. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { passOn, refusal } from '../../../test/chaos/gate.ts'
import { type ConnectedWorld, createConnectedWorld, expectStatus } from '../../../test/connected-world.ts'
import { publishPost } from './publish-post.ts'

const put = 'com.atproto.repo.putRecord'
const get = 'com.atproto.repo.getRecord'
const endOfTime = '253402300799'

// No worker runs: each test is its own workers.
let here: ConnectedWorld
let accountId: string
beforeAll(async () => {
  here = await createConnectedWorld()
  accountId = await here.connect(await here.join('alice'))
})
afterEach(() => here.gate.keep())
afterAll(() => here?.stop())

const work = (publicationId: string) =>
  publishPost(here.world.app.services, here.cast.workspaceId, publicationId)
const makeDue = (publicationId: string) =>
  here.world.query('update publications set due_at = now() where id = $1', [publicationId])
const slowDown = (reset: string) =>
  refusal(429, 'RateLimitExceeded', 'Slow down', { 'ratelimit-reset': reset })
/** Seconds until a worker looks again, as of now. */
async function waitS(publicationId: string): Promise<number> {
  const [row] = await here.world.query<{ s: string }>(
    'select extract(epoch from due_at - now()) as s from publications where id = $1',
    [publicationId],
  )
  return Number(row?.s)
}

test('a network that asks to be left alone for ever is asked for an unconfirmed post within a day', async () => {
  here.gate.keep(async (passage) => {
    if (passage.nsid === put) return passage.cut()
    if (passage.nsid === get) return passage.relay(slowDown(endOfTime))
    return passOn(passage)
  })
  const { contentId, publicationId } = await here.publish('Unsure for long', [accountId])
  await work(publicationId)
  expect(await here.seen(contentId)).toMatchObject({ status: 'unconfirmed' })
  await makeDue(publicationId)
  const asked = here.gate.count(get)
  await work(publicationId)
  expect(here.gate.count(get)).toBeGreaterThan(asked)
  expect(await here.seen(contentId)).toMatchObject({ status: 'unconfirmed' })
  expect(await waitS(publicationId)).toBeGreaterThan(86_000)
  expect(await waitS(publicationId)).toBeLessThan(86_401)

  here.gate.keep()
  await makeDue(publicationId)
  await work(publicationId)
  expect(await here.seen(contentId)).toMatchObject({ status: 'published' })
})

test('a network that asks to be left alone for ever is sent a post within a day', async () => {
  here.gate.keep(async (passage) =>
    passage.nsid === put ? passage.relay(slowDown(endOfTime)) : passOn(passage),
  )
  const { contentId, publicationId } = await here.publish('Slowed for long', [accountId])
  await work(publicationId)
  expect(await here.seen(contentId)).toMatchObject({ status: 'scheduled', failure: { code: 'rate_limited' } })
  expect(await waitS(publicationId)).toBeGreaterThan(86_000)
  expect(await waitS(publicationId)).toBeLessThan(86_401)
})

const troubles = [
  { name: 'waits', answer: slowDown(String(Math.floor(Date.now() / 1_000) + 3_600)), status: 'scheduled' },
  { name: 'has failed', answer: refusal(400, 'InvalidRequest', 'not today'), status: 'failed' },
] as const

for (const { name, answer, status } of troubles) {
  test(`a post that ${name} and is cancelled says nothing any more of going out, or of why it did not`, async () => {
    here.gate.keep(async (passage) => (passage.nsid === put ? passage.relay(answer) : passOn(passage)))
    const { contentId, publicationId } = await here.publish(`Cancelled: ${name}`, [accountId])
    await work(publicationId)
    const before = await here.seen(contentId)
    expect(before).toMatchObject({ status, failure: { nextStep: expect.any(String) } })

    const cancel = `${here.path}/content/${contentId}/cancel`
    const { body } = expectStatus(200, await here.cast.bob.request('POST', cancel))
    expect(body.publications).toMatchObject([{ status: 'cancelled', scheduledFor: null, failure: null }])
    const [row] = await here.world.query(
      'select failure_code, failure_text, retry_at from publications where id = $1',
      [publicationId],
    )
    expect(row).toEqual({ failure_code: null, failure_text: null, retry_at: null })
  })
}
