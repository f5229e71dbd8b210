import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { closeServers, serve } from '../../src/connectors/bluesky/scripted-server.ts'
import { type Cast, castOf, castPassword, personOf } from '../cast.ts'
import { type MailServer, startMailServer } from '../mail-server.ts'
import { createWorld, type World } from '../world.ts'

const appPassword = 'abcd-efgh-ijkl-mnop'
const wrongPassword = 'not the right password'
const newPassword = 'a wholly new password'
const accessToken = 'header.access-token-of-the-network.signature'
const refreshToken = 'header.refresh-token-of-the-network.signature'

// Everything that is logged at any level, without the redaction by name that production has on top: a secret
// must not be handed to the log in the first place.
const lines: string[] = []
const log = pino({ level: 'trace', base: null }, { write: (line: string) => void lines.push(line) })

let world: World
let cast: Cast
let mailServer: MailServer
let accounts: string
beforeAll(async () => {
  mailServer = await startMailServer()
  world = await createWorld({ NODE_ENV: 'production', SMTP_URL: mailServer.url }, { log })
  cast = await castOf(world)
  accounts = `/api/v1/workspaces/${cast.workspaceId}/accounts`
})
afterAll(async () => {
  closeServers()
  await world.stop()
  await mailServer.stop()
})
beforeEach(() => {
  lines.length = 0
})

const nobody = () => personOf(world, '', '', '')
const sessionIn = (cookie: string) => decodeURIComponent(cookie.slice(cookie.indexOf('=') + 1))

function expectNotLogged(...secrets: string[]): void {
  // Something is logged: else this would hold for a log that is not connected.
  log.info('still listening')
  expect(lines.at(-1)).toContain('still listening')
  for (const secret of secrets) {
    expect(secret.length, 'a secret to look for').toBeGreaterThan(5)
    expect(lines.filter((line) => line.includes(secret))).toEqual([])
  }
}

const signIn = (email: string, password: string) =>
  nobody().request('POST', '/api/v1/auth/sign-in', { email, password })
const connect = (serviceUrl: string) =>
  cast.alice.request('POST', accounts, { platform: 'bluesky', handle: 'alice.test', appPassword, serviceUrl })

test('signing up and in, rightly and wrongly, logs no password, hash or session', async () => {
  expect((await signIn(cast.alice.email, castPassword)).status).toBe(200)
  expect((await signIn(cast.alice.email, wrongPassword)).status).toBe(401)
  expect((await signIn('who@example.com', wrongPassword)).status).toBe(401)
  const again = { name: 'Alice', email: cast.alice.email, password: wrongPassword }
  expect((await nobody().request('POST', '/api/v1/auth/sign-up', again)).status).toBe(409)
  expectNotLogged(castPassword, wrongPassword, '$argon2id', sessionIn(cast.alice.cookie))
})

test('a request that is malformed is not logged with what it holds', async () => {
  for (const payload of [`{"password":"${wrongPassword}"`, `{"email":1,"password":"${wrongPassword}"}`]) {
    const { statusCode } = await world.app.http.inject({
      method: 'POST',
      url: '/api/v1/auth/sign-in',
      headers: { 'content-type': 'application/json' },
      payload,
    })
    expect([400, 422]).toContain(statusCode)
  }
  expectNotLogged(wrongPassword)
})

test('a database that refuses a row does not get its secrets into the log or the answer', async () => {
  const [cookieName] = cast.alice.cookie.split('=')
  await world.query('alter table user_credentials add constraint broken check (false) not valid')
  const person = { name: 'Mallory', email: 'mallory@example.com', password: wrongPassword }
  const credentials = await nobody().request('POST', '/api/v1/auth/sign-up', person)
  await world.query('alter table user_credentials drop constraint broken')
  await world.query('alter table user_sessions add constraint broken check (false) not valid')
  const session = await signIn(cast.alice.email, castPassword)
  await world.query('alter table user_sessions drop constraint broken')
  expect([credentials.status, session.status]).toEqual([500, 500])
  expect(cookieName).toContain('heliograph')
  expectNotLogged(wrongPassword, castPassword, '$argon2id', 'Failing row')
  expect(JSON.stringify([credentials.body, session.body])).not.toMatch(/argon2id|Failing row/)
})

test('an app password that the network refuses is logged nowhere, even where the network repeats it', async () => {
  const echo = { error: 'AuthenticationRequired', message: `wrong password: ${appPassword}` }
  for (const answer of [
    { status: 401, body: echo },
    { status: 400, body: echo },
    { status: 500, body: echo },
    { status: 200, body: `a page with ${appPassword}` },
    { status: 302, headers: { location: `https://elsewhere.example/?${appPassword}` } },
  ]) {
    const { status, body } = await connect(await serve({ '*': answer }))
    expect(status, JSON.stringify(body)).toBe(422)
    expect(JSON.stringify(body)).not.toContain(appPassword)
  }
  expect((await connect('http://127.0.0.1:9')).status).toBe(422)
  expectNotLogged(appPassword)
})

test('a connection that succeeds logs none of its tokens, also where reading the profile fails', async () => {
  const session = {
    status: 200,
    body: { did: 'did:plc:alice', handle: 'alice.test', accessJwt: accessToken, refreshJwt: refreshToken },
  }
  const echo = { error: 'InternalServerError', message: `no profile for ${accessToken}` }
  const url = await serve({
    'com.atproto.server.createSession': session,
    '*': { status: 500, body: echo },
  })
  const { status, body } = await connect(url)
  expect(status, JSON.stringify(body)).toBe(201)
  expect(JSON.stringify(body)).not.toContain('token-of-the-network')
  expectNotLogged(appPassword, 'access-token-of-the-network', 'refresh-token-of-the-network')
  const rows = await world.query<{ row: string }>('select a::text as row from social_accounts a')
  expect(rows[0]?.row).toContain('v1.')
  expect(rows[0]?.row).not.toContain('token-of-the-network')
})

test('a password reset in production logs neither the link nor the passwords', async () => {
  const request = { email: cast.bob.email }
  const seen = mailServer.mails.length
  expect((await nobody().request('POST', '/api/v1/auth/password-reset-requests', request)).status).toBe(202)
  const { text } = await mailServer.waitFor(cast.bob.email, seen)
  const token = /token=(\S+)/.exec(text)?.[1] ?? ''
  const reset = { token, newPassword }
  expect((await nobody().request('POST', '/api/v1/auth/password-resets', reset)).status).toBe(204)
  expect((await nobody().request('POST', '/api/v1/auth/password-resets', reset)).status).toBe(400)
  expectNotLogged(token, newPassword)
})

test('a mail that cannot be sent is logged without its link', async () => {
  mailServer.refuse = true
  const refusedBefore = mailServer.refused
  try {
    const request = { email: cast.vera.email }
    expect((await nobody().request('POST', '/api/v1/auth/password-reset-requests', request)).status).toBe(202)
    const invitation = { email: 'new@example.com', role: 'viewer' }
    const invited = await cast.alice.request(
      'POST',
      `/api/v1/workspaces/${cast.workspaceId}/invitations`,
      invitation,
    )
    expect(invited.status).toBe(201)
    await expect.poll(() => mailServer.refused - refusedBefore, { timeout: 10_000 }).toBe(2)
    await expect.poll(() => lines.filter((line) => line.includes('could not be mailed')).length).toBe(2)
    expectNotLogged(String(invited.body.link).split('/').at(-1) ?? '', 'token=', '/invitations/')
  } finally {
    mailServer.refuse = false
  }
})
