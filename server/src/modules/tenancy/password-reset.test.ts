import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { castPassword, cookieOf, type Person, personOf, signUp } from '../../../test/cast.ts'
import { type MailServer, startMailServer } from '../../../test/mail-server.ts'
import { createWorld, type World } from '../../../test/world.ts'
import { createLog } from '../../infra/log.ts'

const newPassword = 'a wholly new password'

let mailServer: MailServer
let world: World
beforeAll(async () => {
  mailServer = await startMailServer()
  world = await createWorld({ SMTP_URL: mailServer.url }, { log: createLog('silent') })
})
afterAll(async () => {
  await world.stop()
  await mailServer.stop()
})

const nobody = () => personOf(world, '', '', '')
const ask = (email: string) => nobody().request('POST', '/api/v1/auth/password-reset-requests', { email })
const set = (token: string, password = newPassword) =>
  nobody().request('POST', '/api/v1/auth/password-resets', { token, newPassword: password })
const signIn = (email: string, password: string) =>
  nobody().request('POST', '/api/v1/auth/sign-in', { email, password })
const isSignedIn = async (person: Person) =>
  (await person.request('GET', '/api/v1/auth/session')).status === 200

/** Asks for a link and takes it out of the mail that arrives. */
async function mailedToken(email: string): Promise<string> {
  const before = mailServer.mails.length
  expect((await ask(email)).status).toBe(202)
  const { text } = await mailServer.waitFor(email, before)
  const link = /http:\S+\/reset-password\?token=(\S+)/.exec(text)
  expect(link, text).not.toBeNull()
  return decodeURIComponent(link?.[1] ?? '')
}

test('the mailed link sets a new password once and ends every session', async () => {
  const ada = await signUp(world, 'Ada')
  const elsewhere = await signIn(ada.email, castPassword)
  const phone = personOf(world, ada.email, ada.userId, cookieOf(elsewhere))
  expect([await isSignedIn(ada), await isSignedIn(phone)]).toEqual([true, true])

  const token = await mailedToken(ada.email)
  expect((await set(token)).status).toBe(204)
  expect([await isSignedIn(ada), await isSignedIn(phone)]).toEqual([false, false])
  expect((await signIn(ada.email, castPassword)).status).toBe(401)
  expect((await signIn(ada.email, newPassword)).status).toBe(200)

  const again = await set(token, 'yet another password')
  expect(again).toMatchObject({ status: 400, body: { code: 'reset_link_invalid' } })
  expect((await signIn(ada.email, newPassword)).status).toBe(200)
})

test('a link that is used twice at the same moment works once', async () => {
  const bea = await signUp(world, 'Bea')
  const token = await mailedToken(bea.email)
  const answers = await Promise.all(['first new password', 'second new password'].map((p) => set(token, p)))
  expect(answers.map(({ status }) => status).sort()).toEqual([204, 400])
})

test('an unknown address gets the same answer and no mail', async () => {
  const cleo = await signUp(world, 'Cleo')
  const known = await ask(cleo.email)
  await mailServer.waitFor(cleo.email, 0)
  const unknown = await ask('who@example.com')
  expect([unknown.status, unknown.body]).toEqual([known.status, known.body])
  // A mail to somebody else that was asked for later arrives; none to the unknown address came before it.
  await mailedToken(cleo.email)
  expect(mailServer.mails.filter(({ to }) => to === 'who@example.com')).toEqual([])
})

test('one address, known or not, gets five links a minute at most, and others theirs', async () => {
  const iris = await signUp(world, 'Iris')
  for (const email of [iris.email, 'nobody-at-all@example.com']) {
    const statuses = []
    for (let i = 0; i < 6; i++) statuses.push((await ask(email)).status)
    expect(statuses).toEqual([202, 202, 202, 202, 202, 429])
  }
  expect((await ask('somebody-else@example.com')).status).toBe(202)
})

test('a mail server that refuses does not tell which addresses have an account', async () => {
  const dora = await signUp(world, 'Dora')
  mailServer.refuse = true
  try {
    expect((await ask(dora.email)).status).toBe(202)
    expect((await ask('who@example.com')).status).toBe(202)
    await vi.waitUntil(() => mailServer.refused > 0, { timeout: 10_000 })
  } finally {
    mailServer.refuse = false
  }
})

test('a slow mail server does not tell which addresses have an account by the time that it takes', async () => {
  const hilda = await signUp(world, 'Hilda')
  const before = mailServer.mails.length
  const { promise, resolve: release } = Promise.withResolvers<void>()
  mailServer.hold = promise
  try {
    const answer = await Promise.race([ask(hilda.email), delay(5_000)])
    expect(answer).toMatchObject({ status: 202 })
    expect(mailServer.mails).toHaveLength(before)
  } finally {
    mailServer.hold = undefined
    release()
  }
  await mailServer.waitFor(hilda.email, before)
})

test('an expired link is refused with what to do, and the password stays', async () => {
  const emma = await signUp(world, 'Emma')
  const token = await mailedToken(emma.email)
  await world.query(
    `update user_verifications set expires_at = now() - interval '1 second' where value = $1`,
    [emma.userId],
  )
  const answer = await set(token)
  expect(answer).toMatchObject({ status: 400, body: { code: 'reset_link_invalid' } })
  expect(answer.body.detail).toContain('Ask for a new one')
  expect((await signIn(emma.email, castPassword)).status).toBe(200)
})

test('whoever reads the database does not find the link', async () => {
  const fay = await signUp(world, 'Fay')
  const token = await mailedToken(fay.email)
  const rows = await world.query<{ row: string }>(
    `select v::text as row from user_verifications v where value = $1`,
    [fay.userId],
  )
  expect(rows).toHaveLength(1)
  expect(rows[0]?.row).not.toContain(token)
})

test('an invented link, a short password and a malformed address are refused beside their field', async () => {
  expect(await set('invented')).toMatchObject({ status: 400, body: { code: 'reset_link_invalid' } })
  const faults = async (answer: ReturnType<typeof set>) => {
    const { status, body } = await answer
    return [status, body.errors.map(({ field }: { field: string }) => field)]
  }
  expect(await faults(set('invented', 'short'))).toEqual([422, ['newPassword']])
  expect(await faults(ask('no address'))).toEqual([422, ['email']])
})

/** What a server without SMTP_URL writes to its log when somebody asks for a link. */
async function logOfReset(environment: string): Promise<{ lines: string; token: string }> {
  const written: string[] = []
  const log = pino({ level: 'trace', base: null }, { write: (line: string) => void written.push(line) })
  const silent = await createWorld({ NODE_ENV: environment }, { log })
  try {
    const gail = await signUp(silent, 'Gail')
    const answer = await gail.request('POST', '/api/v1/auth/password-reset-requests', { email: gail.email })
    expect(answer.status).toBe(202)
    await vi.waitUntil(() => written.some((line) => line.includes('mail')), { timeout: 10_000 })
    const lines = written.join('')
    return { lines, token: /reset-password\?token=([A-Za-z0-9%_-]+)/.exec(lines)?.[1] ?? '' }
  } finally {
    await silent.stop()
  }
}

test('without a mail server the link is in the log in development', async () => {
  const { lines, token } = await logOfReset('development')
  expect(lines).toContain('no SMTP_URL set')
  expect(token).not.toBe('')
})

test('without a mail server the log in production says how to get one and holds no link', async () => {
  const { lines } = await logOfReset('production')
  expect(lines).toContain('set SMTP_URL')
  expect(lines).not.toContain('reset-password')
  expect(lines).not.toContain('token')
})
