/** What a person is told when connecting an account does not work. */
import { afterEach, expect, test } from 'vitest'
import { failureOf } from '../conformance.ts'
import { auth } from './auth.ts'
import { type Answer, closeServers, context, now, page, serve } from './scripted-server.ts'

afterEach(closeServers)

const createSession = 'com.atproto.server.createSession'
const getSession = 'com.atproto.server.getSession'

const connect = (serviceUrl: string, username = 'alice.test', ctx = context()) =>
  auth.connect(ctx, { serviceUrl, username, appPassword: 'abcd-efgh-ijkl-mnop' })

test.each<[what: string, answer: Answer, code: string, text: RegExp]>([
  [
    'a wrong password',
    { status: 401, body: { error: 'AuthenticationRequired' } },
    'rejected',
    /did not accept this handle and app password.*App passwords/,
  ],
  [
    'a second factor',
    { status: 401, body: { error: 'AuthFactorTokenRequired' } },
    'rejected',
    /only an app password avoids/,
  ],
  [
    'an account taken down',
    { status: 401, body: { error: 'AccountTakedown' } },
    'rejected',
    /has closed this account/,
  ],
  ['too many attempts', { status: 429, body: { error: 'RateLimitExceeded' } }, 'rate_limited', /slow down/],
  ['a server in trouble', { status: 503, body: '<html>' }, 'unavailable_before_send', /fault of its own/],
  ['a web site without the path', page, 'rejected', /not a Bluesky server/],
  [
    'a web site that likes everything',
    { status: 200, body: '<html>Welcome' },
    'rejected',
    /not a Bluesky server/,
  ],
  [
    'another JSON service',
    { status: 404, body: { error: 'no such path' } },
    'rejected',
    /not a Bluesky server/,
  ],
  [
    'a web site that has moved',
    { status: 301, headers: { location: 'https://www.example.com/a' } },
    'rejected',
    /on to https:\/\/www\.example\.com\./,
  ],
  ['an endless page', { status: 200, body: 'x'.repeat(200_000) }, 'rejected', /not a Bluesky server/],
])('connecting: %s has a text of its own', async (_what, answer, code, text) => {
  const failure = await failureOf(connect(await serve({ [createSession]: answer })))
  expect([failure.code, failure.message]).toEqual([code, expect.stringMatching(text)])
})

test('connecting: an address that may not be reached, one that is none, and half a handle are said', async () => {
  expect((await failureOf(connect('https://10.0.0.1'))).message).toContain(
    '10.0.0.1 is not an address that this',
  )
  expect((await failureOf(connect('http://[::1]:3000'))).message).toContain('must be public and use https')
  expect((await failureOf(connect('ftp://bsky.social'))).code).toBe('rejected')
  expect((await failureOf(connect('not an address'))).message).toContain('is not a server')
  expect((await failureOf(connect('bsky.social', 'alice'))).message).toContain('alice.bsky.social')
  expect((await failureOf(connect('bsky.social', ' @ '))).message).toContain('Write the handle')
})

const token = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.sig`
const answerOf = (change: object = {}) => ({
  status: 200,
  body: {
    did: 'did:plc:alice',
    handle: 'alice.test',
    accessJwt: token({ exp: 1_800_000_000 }),
    refreshJwt: 'r',
    ...change,
  },
})

test('the end of a session is read from its token; a token that can not be read is renewed soon', async () => {
  const readable = await connect(await serve({ [createSession]: answerOf() }))
  expect(readable.tokenExpiresAt).toEqual(new Date(1_800_000_000_000))
  const opaque = await connect(await serve({ [createSession]: answerOf({ accessJwt: 'opaque' }) }))
  expect(opaque.tokenExpiresAt).toEqual(new Date(now.getTime() + 30 * 60_000))
})

test.each([1e300, 1e15, -1e13, -1])('a token that ends at %d is renewed soon', async (exp) => {
  const session = await connect(await serve({ [createSession]: answerOf({ accessJwt: token({ exp }) }) }))
  expect(session.tokenExpiresAt).toEqual(new Date(now.getTime() + 30 * 60_000))
})

test.each([{ handle: 'x'.repeat(301) }, { handle: 'a\u0000b.test' }, { did: `did:plc:${'x'.repeat(300)}` }])(
  'an account that cannot be kept is refused with words',
  async (change) => {
    const failure = await failureOf(connect(await serve({ [createSession]: answerOf(change) })))
    expect(failure.code).toBe('rejected')
  },
)

test('a deactivated account is not connected', async () => {
  const url = await serve({ [createSession]: answerOf({ active: false, status: 'deactivated' }) })
  expect((await failureOf(connect(url))).message).toContain('deactivated')
})

test('the server that holds the account is taken over only where it knows the session', async () => {
  const didDocOf = (endpoint: unknown) => ({
    didDoc: {
      service: [{ id: '#atproto_pds', type: 'AtprotoPersonalDataServer', serviceEndpoint: endpoint }],
    },
  })
  const home = await serve({
    [getSession]: { status: 200, body: { did: 'did:plc:alice' } },
  })
  const stranger = await serve({
    [getSession]: { status: 401, body: { error: 'InvalidToken' } },
  })
  const serviceUrlWith = async (endpoint: unknown) => {
    const entrance = await serve({ [createSession]: answerOf(didDocOf(endpoint)) })
    const { serviceUrl } = await connect(entrance)
    return serviceUrl === entrance ? 'entrance' : serviceUrl
  }
  expect(await serviceUrlWith(`${home}/`)).toBe(home)
  const mixedUp = await serve({ [getSession]: { status: 200, body: { did: 'did:plc:mallory' } } })
  for (const endpoint of [
    mixedUp,
    stranger,
    'http://127.0.0.1:9',
    'https://10.0.0.1',
    'file:///etc/passwd',
    'nonsense',
    7,
  ]) {
    expect(await serviceUrlWith(endpoint)).toBe('entrance')
  }
})
