/** How answers of a faulty or hostile server are understood once an account is connected. */
import { randomUUID } from 'node:crypto'
import { afterEach, expect, test } from 'vitest'
import { failureOf } from '../conformance.ts'
import type { AccountSession } from '../connector.ts'
import { auth } from './auth.ts'
import { publish } from './publish.ts'
import { read } from './read.ts'
import { type Answer, closeServers, context, now, page, serve } from './scripted-server.ts'

afterEach(closeServers)

const sessionAt = (serviceUrl: string): AccountSession => ({
  platformAccountId: 'did:plc:alice',
  username: 'alice.test',
  serviceUrl,
  accessToken: 'access',
  refreshToken: 'refresh',
  tokenExpiresAt: now,
})

const putRecord = 'com.atproto.repo.putRecord'
const getRecord = 'com.atproto.repo.getRecord'

async function sendTo(serviceUrl: string, timeoutMs?: number) {
  const rendered = await publish.render('Hello', null, serviceUrl)
  const identity = { publicationId: randomUUID(), createdAt: now }
  return publish.send(context(timeoutMs), sessionAt(serviceUrl), { identity, rendered, uploaded: null })
}

const refusals: [what: string, answer: Answer, code: string][] = [
  [
    'an expired token',
    { status: 400, body: { error: 'ExpiredToken', message: 'Token has expired' } },
    'auth_expired',
  ],
  [
    'an invalid token',
    { status: 400, body: { error: 'InvalidToken', message: 'Bad token scope' } },
    'auth_expired',
  ],
  ['a 401', { status: 401, body: { error: 'AuthenticationRequired' } }, 'auth_expired'],
  ['an account taken down', { status: 401, body: { error: 'AccountTakedown' } }, 'permission_missing'],
  ['a 403', { status: 403, body: { error: 'Forbidden' } }, 'permission_missing'],
  [
    'an invalid record',
    { status: 400, body: { error: 'InvalidRequest', message: 'Invalid record' } },
    'rejected',
  ],
  ['a body that is too large', { status: 413, body: 'too large' }, 'rejected'],
  ['a server error', { status: 500, body: { error: 'InternalServerError' } }, 'outcome_unknown'],
  ['a gateway that gave up', { status: 502, body: '<html>' }, 'outcome_unknown'],
  ['a proxy that timed out', { status: 408, body: '' }, 'outcome_unknown'],
  ['a web page', page, 'outcome_unknown'],
  ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:9/' } }, 'outcome_unknown'],
  ['a success without content', { status: 200, body: '' }, 'outcome_unknown'],
  ['a success that names no record', { status: 200, body: { ok: true } }, 'outcome_unknown'],
]

test.each(refusals)('sending: %s', async (_what, answer, code) => {
  const url = await serve({ [putRecord]: answer })
  expect((await failureOf(sendTo(url))).code).toBe(code)
})

test("a refusal shows the server's own reason in one short line", async () => {
  const message = `Text must not\n\u0000 be <b>odd</b> ${'x'.repeat(1_000)}`
  const url = await serve({ [putRecord]: { status: 400, body: { error: 'InvalidRequest', message } } })
  const failure = await failureOf(sendTo(url))
  expect(failure.message).toMatch(/^Bluesky refused this: Text must not be <b>odd<\/b> x+$/)
  expect(failure.message.length).toBeLessThan(350)
})

test('a connection that breaks or stays silent after the request leaves the outcome unknown', async () => {
  const breaking = await serve({
    [putRecord]: (_request, response) => void response.socket?.resetAndDestroy(),
  })
  const silent = await serve({ [putRecord]: () => undefined })
  expect((await failureOf(sendTo(breaking))).code).toBe('outcome_unknown')
  expect((await failureOf(sendTo(silent, 200))).code).toBe('outcome_unknown')
})

test.each([
  ['ratelimit-reset', { 'ratelimit-reset': String(now.getTime() / 1_000 + 90) }, 90],
  ['retry-after in seconds', { 'retry-after': '30' }, 30],
  ['retry-after as a date', { 'retry-after': 'Fri, 20 Nov 2026 12:05:00 GMT' }, 300],
  ['a reset in the past', { 'ratelimit-reset': '1000' }, 60],
  ['nothing', {}, 60],
])('a rate limit with %s says when to try again', async (_what, headers, afterS) => {
  const url = await serve({ [putRecord]: { status: 429, body: { error: 'RateLimitExceeded' }, headers } })
  const failure = await failureOf(sendTo(url))
  expect([failure.code, failure.retryAt]).toEqual(['rate_limited', new Date(now.getTime() + afterS * 1_000)])
})

const taken: Answer = { status: 400, body: { error: 'InvalidSwap', message: 'Record was at bafy' } }
const standing = (value: unknown): Answer => ({ status: 200, body: { uri: 'at://x', cid: 'bafy', value } })
const same = { text: 'Hello', createdAt: now.toISOString(), $type: 'app.bsky.feed.post' }

test('a server that refuses even the repetition is read: the same post is ours, another is a duplicate', async () => {
  const ours = await serve({ [putRecord]: taken, [getRecord]: standing(same) })
  expect(await sendTo(ours)).toMatchObject({
    url: expect.stringContaining('https://bsky.app/profile/did:plc:alice/post/'),
  })
  const completed = await serve({ [putRecord]: taken, [getRecord]: standing({ ...same, langs: ['en'] }) })
  await expect(sendTo(completed)).resolves.toMatchObject({ platformPostId: expect.any(String) })
  const later = { ...same, createdAt: new Date(now.getTime() + 1).toISOString() }
  const another = await serve({ [putRecord]: taken, [getRecord]: standing(later) })
  expect((await failureOf(sendTo(another))).code).toBe('duplicate')
  const foreign = await serve({ [putRecord]: taken, [getRecord]: standing({ ...same, text: 'Bye' }) })
  expect((await failureOf(sendTo(foreign))).code).toBe('duplicate')
  const unreadable = await serve({ [putRecord]: taken, [getRecord]: { status: 500 } })
  expect((await failureOf(sendTo(unreadable))).code).toBe('outcome_unknown')
})

test('only the plain word that there is no record counts as "not there"', async () => {
  const find = async (answer: Answer) => {
    const url = await serve({ [getRecord]: answer })
    return publish.findOwn(context(), sessionAt(url), { publicationId: randomUUID(), createdAt: now })
  }
  expect(
    await find({ status: 400, body: { error: 'RecordNotFound', message: 'Could not locate record' } }),
  ).toBeNull()
  expect((await failureOf(find(page))).code).toBe('unavailable_before_send')
  expect((await failureOf(find({ status: 500 }))).code).toBe('unavailable_before_send')
  expect((await failureOf(find({ status: 401, body: { error: 'ExpiredToken' } }))).code).toBe('auth_expired')
})

test('a refresh never gives empty tokens, nor those of another account', async () => {
  const answers = [
    { did: 'did:plc:alice', handle: 'alice.test', accessJwt: '', refreshJwt: 'r' },
    { did: 'did:plc:alice', handle: 'alice.test', accessJwt: 'a' },
    { did: 'did:plc:mallory', handle: 'alice.test', accessJwt: 'a', refreshJwt: 'r' },
    {},
  ]
  for (const body of answers) {
    const url = await serve({ 'com.atproto.server.refreshSession': { status: 200, body } })
    expect((await failureOf(auth.refresh(context(), sessionAt(url)))).code).toBe('unavailable_before_send')
  }
})

test('a counter that the network leaves out is absent, and the answer is kept', async () => {
  const post = {
    uri: 'at://did:plc:alice/app.bsky.feed.post/3k',
    likeCount: 0,
    replyCount: 3,
    unheardOf: true,
  }
  const url = await serve({ 'app.bsky.feed.getPosts': { status: 200, body: { posts: [post] } } })
  const measured = await read.postMetrics(context(), sessionAt(url), [post.uri])
  expect(measured).toEqual([{ platformPostId: post.uri, metrics: { likes: 0, comments: 3 }, raw: post }])
})

test('the numbers of no posts are asked of nobody', async () => {
  expect(await read.postMetrics(context(), sessionAt('http://127.0.0.1:9'), [])).toEqual([])
})

test('a mention whose name can not be looked up just now is a fault, not silently plain text', async () => {
  const url = await serve({ 'com.atproto.identity.resolveHandle': { status: 502, body: '' } })
  const failure = await failureOf(publish.render('Hi @ann.test', context(), url))
  expect(failure.code).toBe('unavailable_before_send')
})
