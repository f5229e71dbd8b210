import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { NetworkAccount } from '../../../test/bluesky-network/network.ts'
import { passOn, refusal } from '../../../test/chaos/gate.ts'
import {
  type ConnectedWorld,
  createConnectedWorld,
  eventually,
  expectStatus,
} from '../../../test/connected-world.ts'
import { createApp } from '../../app.ts'

const put = 'com.atproto.repo.putRecord'
const get = 'com.atproto.repo.getRecord'

let here: ConnectedWorld
let account: NetworkAccount
let accountId: string
beforeAll(async () => {
  here = await createConnectedWorld({ PUBLISH_SWEEP_INTERVAL_MS: '200', PUBLISH_CALL_TIMEOUT_MS: '1500' })
  account = await here.join('alice')
  accountId = await here.connect(account)
  await here.world.app.startWorker()
})
afterEach(() => here.gate.keep())
afterAll(() => here?.stop())

const until = (contentId: string, status: string) =>
  eventually(
    () => here.seen(contentId),
    (seen) => seen.status === status,
  )
/** Ends a wait whose length another test measures, and never a lease, which is at most 2.25 seconds here. */
const hurry = (publicationId: string) =>
  here.world.query(
    `update publications set due_at = now() where id = $1 and due_at > now()
       and (status = 'scheduled' or status = 'unconfirmed' and due_at > now() + interval '2.5 seconds')`,
    [publicationId],
  )
const timesOnNetwork = async (text: string) => {
  const uris = await here.network.listPostUris(account.did)
  const records = await Promise.all(uris.map((uri) => here.network.getRecord(uri)))
  return records.filter(({ value }) => value.text === text).length
}

test('while the server cannot be reached the post is tried again visibly, and goes out once when it is back', async () => {
  await here.gate.shut()
  const { contentId, publicationId } = await here.publish('Patient', [accountId])
  const waiting = await eventually(
    () => here.seen(contentId),
    (seen) => seen.failure !== null && seen.status === 'scheduled',
  ).finally(() => here.gate.open())
  expect(waiting.failure).toMatchObject({ code: 'unavailable_before_send' })
  expect(waiting.failure.reason).toContain('could not be reached')
  await until(contentId, 'published')
  expect(await here.attempts(publicationId)).toMatchObject([
    { number: 1, outcome: 'failed', failureCode: 'unavailable_before_send' },
    { number: 2, outcome: 'succeeded', failureCode: null },
  ])
  expect(await timesOnNetwork('Patient')).toBe(1)
})

test('a network that asks to slow down is left alone until its time, which spends no retry', async () => {
  const retryAt = new Date(Math.ceil(Date.now() / 1_000) * 1_000 + 2_000)
  const sent: number[] = []
  here.gate.keep(async (passage) => {
    if (passage.nsid !== put) return passOn(passage)
    sent.push(Date.now())
    if (sent.length > 1) return passOn(passage)
    const headers = { 'ratelimit-reset': String(retryAt.getTime() / 1_000) }
    passage.relay(refusal(429, 'RateLimitExceeded', 'Rate Limit Exceeded', headers))
  })
  const { contentId, publicationId } = await here.publish('Slower', [accountId])
  const snoozed = await eventually(
    () => here.seen(contentId),
    ({ failure }) => failure,
  )
  expect(snoozed).toMatchObject({
    status: 'scheduled',
    failure: { code: 'rate_limited', retryAt: retryAt.toISOString() },
  })
  await until(contentId, 'published')
  expect(sent).toHaveLength(2)
  expect(sent[1]).toBeGreaterThanOrEqual(retryAt.getTime())
  expect(sent[1]).toBeLessThan(retryAt.getTime() + 3_000)
  const [row] = await here.world.query('select retry_count from publications where id = $1', [publicationId])
  expect(row).toEqual({ retry_count: 0 })
})

test('what the network rejects has failed with its reason and what to do, and goes out when tried again', async () => {
  here.gate.keep(async (passage) => {
    if (passage.nsid !== put) return passOn(passage)
    passage.relay(refusal(400, 'InvalidRequest', 'Invalid app.bsky.feed.post record: not today'))
  })
  const { contentId, publicationId } = await here.publish('Refused', [accountId])
  const failed = await until(contentId, 'failed')
  expect(failed.failure).toMatchObject({ code: 'rejected', nextStep: expect.stringContaining('try again') })
  expect(failed.failure.reason).toContain('not today')
  const calls = here.gate.count(put)

  const retry = `${here.path}/publications/${publicationId}/retry`
  expect((await here.cast.vera.request('POST', retry)).status).toBe(403)
  here.gate.keep()
  expectStatus(202, await here.cast.bob.request('POST', retry))
  await until(contentId, 'published')
  expect(here.gate.count(put)).toBe(calls + 1)
  expect((await here.attempts(publicationId)).map(({ outcome }) => outcome)).toEqual(['failed', 'succeeded'])
  expect((await here.cast.bob.request('POST', retry)).body).toMatchObject({ code: 'not_failed' })
})

test('an answer lost after the post was made leads to one post: it is looked for, found, and not sent again', async () => {
  const before = here.gate.count(put)
  here.gate.keep(async (passage) => {
    if (passage.nsid !== put) return passOn(passage)
    await passage.forward()
    passage.cut()
  })
  const { contentId, publicationId } = await here.publish('Lost answer', [accountId])
  const unsure = await until(contentId, 'unconfirmed')
  expect(unsure.failure).toMatchObject({
    code: 'outcome_unknown',
    nextStep: expect.stringContaining('asked'),
  })
  await hurry(publicationId)
  const { failure } = await until(contentId, 'published')
  expect(failure).toBeNull()
  expect(here.gate.count(put)).toBe(before + 1)
  expect(await here.attempts(publicationId)).toMatchObject([
    { number: 1, outcome: 'unknown', failureCode: 'outcome_unknown' },
  ])
  expect(await timesOnNetwork('Lost answer')).toBe(1)
})

test('a request that was lost on its way is sent again only after the network said that nothing is there', async () => {
  const calls: string[] = []
  here.gate.keep(async (passage) => {
    if (passage.nsid === put || passage.nsid === get) calls.push(passage.nsid)
    if (passage.nsid === put && calls.length === 1) return passage.cut()
    return passOn(passage)
  })
  const { contentId, publicationId } = await here.publish('Lost request', [accountId])
  await until(contentId, 'unconfirmed')
  await hurry(publicationId)
  await until(contentId, 'published')
  expect(calls).toEqual([put, get, put])
  expect((await here.attempts(publicationId)).map(({ outcome }) => outcome)).toEqual(['unknown', 'succeeded'])
  expect(await timesOnNetwork('Lost request')).toBe(1)
})

test('while the network cannot be asked, a post stays unconfirmed and is not sent', async () => {
  const before = here.gate.count(put)
  let asked = 0
  here.gate.keep(async (passage) => {
    if (passage.nsid === put) {
      await passage.forward()
      return passage.cut()
    }
    if (passage.nsid !== get || ++asked > 2) return passOn(passage)
    passage.relay(refusal(502, 'UpstreamFailure', 'away'))
  })
  const { contentId, publicationId } = await here.publish('Unsure', [accountId])
  await until(contentId, 'unconfirmed')
  await eventually(
    async () => {
      await hurry(publicationId)
      return asked
    },
    (times) => times >= 2,
  )
  expect(await here.seen(contentId)).toMatchObject({ failure: { code: 'outcome_unknown' }, held: false })
  await hurry(publicationId)
  await eventually(
    async () => {
      await hurry(publicationId)
      return here.seen(contentId)
    },
    ({ status }) => status === 'published',
  )
  expect(here.gate.count(put)).toBe(before + 1)
})

test('an access token that ends while a post is looked for is refreshed, and nobody has to do anything', async () => {
  const before = here.gate.count(put)
  let asked = 0
  here.gate.keep(async (passage) => {
    if (passage.nsid === put) {
      await passage.forward()
      return passage.cut()
    }
    if (passage.nsid !== get || ++asked > 1) return passOn(passage)
    passage.relay(refusal(400, 'ExpiredToken', 'Token has expired'))
  })
  const { contentId, publicationId } = await here.publish('Refreshed', [accountId])
  await until(contentId, 'unconfirmed')
  await hurry(publicationId)
  await eventually(
    async () => asked,
    (times) => times >= 1,
  )
  const seen = await eventually(
    async () => {
      await hurry(publicationId)
      return here.seen(contentId)
    },
    ({ status }) => status === 'published',
  )
  expect(seen.held).toBe(false)
  expect(here.gate.count(put)).toBe(before + 1)
})

test('a revoked session holds the post and says so at the account; connecting it again sends the post once', async () => {
  const revoked = await here.join('revoked')
  const revokedId = await here.connect(revoked)
  await here.network.revokeSessions(revoked.did)
  await here.world.query(
    `update social_accounts set token_expires_at = now() + interval '1 minute' where id = $1`,
    [revokedId],
  )
  const { contentId } = await here.publish('Held', [revokedId])
  const held = await eventually(
    () => here.seen(contentId),
    (seen) => seen.held,
  )
  expect(held).toMatchObject({ status: 'scheduled', failure: { code: 'auth_expired' } })
  expect(held.failure.nextStep).toContain('Connect the account again')
  const { body } = await here.cast.vera.request('GET', `${here.path}/accounts`)
  const shown = body.items.find(({ id }: { id: string }) => id === revokedId)
  expect(shown).toMatchObject({ status: 'revoked', health: 'unhealthy' })
  expect(shown.healthReason).toMatch(/ended our access.*Connect the account again/s)
  expect(await here.network.listPostUris(revoked.did)).toEqual([])

  const reconnectedAt = new Date()
  expect(await here.connect(revoked)).toBe(revokedId)
  expect(await until(contentId, 'published')).toMatchObject({ held: false, failure: null })
  const [uri = '', ...others] = await here.network.listPostUris(revoked.did)
  expect(others).toEqual([])
  const { value } = await here.network.getRecord(uri)
  // A post that waited is new when it goes out: feeds sort by this.
  expect(Date.parse(String(value.createdAt))).toBeGreaterThanOrEqual(reconnectedAt.getTime())
})

test('a network that never accepts is given up after the last retry, and a person is told', async () => {
  here.gate.keep(async (passage) => {
    if (passage.nsid !== put) return passOn(passage)
    passage.relay(refusal(401, 'InvalidToken', 'no'))
  })
  const { contentId, publicationId } = await here.publish('Given up', [accountId])
  const seen = await eventually(
    async () => {
      await hurry(publicationId)
      return here.seen(contentId)
    },
    ({ status }) => status === 'failed',
    30_000,
  )
  expect(seen.failure).toMatchObject({ code: 'auth_expired', nextStep: expect.any(String) })
  expect(await here.attempts(publicationId)).toHaveLength(9)
})

test('publishing goes on while ClickHouse is away', async () => {
  const { config, owner, keyring, dataDirectory, app } = here.world
  const blind = await createApp({
    config,
    engines: { owner, keyring, clickhouseUrl: undefined },
    dataDirectory,
    log: app.services.log,
  })
  await blind.http.ready()
  try {
    const headers = { cookie: here.cast.bob.cookie }
    const post = (url: string, payload: object) =>
      blind.http.inject({ method: 'POST', url: `${here.path}/content${url}`, headers, payload })
    const draft = (await post('', { text: 'Blind', accountIds: [accountId] })).json()
    expect((await post(`/${draft.id}/publish`, { publishAt: 'now' })).statusCode).toBe(202)
    await until(draft.id, 'published')
    const ready = await blind.http.inject('/readyz')
    expect(ready.body).toContain('clickhouse')
  } finally {
    await blind.stop()
  }
})
