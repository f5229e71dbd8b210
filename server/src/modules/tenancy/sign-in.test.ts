import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { castPassword, cookieOf, personOf, signUp } from '../../../test/cast.ts'
import { createWorld, type World } from '../../../test/world.ts'
import { wrongCredentials } from './errors.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.stop())

const nobody = () => personOf(world, '', '', '')

test('signing up opens a session that names the person and no workspace', async () => {
  const ada = await signUp(world, 'Ada')
  const { status, body } = await ada.request('GET', '/api/v1/auth/session')
  expect(status).toBe(200)
  expect(body).toMatchObject({ user: { name: 'Ada', email: 'ada@example.com' }, workspaces: [] })
})

test('every fault of a sign-up is told at once, beside its field, and nothing is kept', async () => {
  const answer = await nobody().request('POST', '/api/v1/auth/sign-up', {
    name: ' ',
    email: 'x',
    password: 'short',
  })
  expect(answer.status).toBe(422)
  expect(answer.headers['content-type']).toContain('application/problem+json')
  expect(answer.body.errors.map((fault: { field: string }) => fault.field).sort()).toEqual([
    'email',
    'name',
    'password',
  ])
  expect(await world.query(`select from users where email = 'x'`)).toHaveLength(0)
})

test('an address signs up once, however it is written', async () => {
  await signUp(world, 'Grace')
  const again = { name: 'Grace', email: 'GRACE@example.com', password: castPassword }
  const answer = await nobody().request('POST', '/api/v1/auth/sign-up', again)
  expect(answer).toMatchObject({ status: 409, body: { code: 'email_taken' } })
})

test('a wrong password and an unknown address get the same answer', async () => {
  await signUp(world, 'Edsger')
  const wrong = await nobody().request('POST', '/api/v1/auth/sign-in', {
    email: 'edsger@example.com',
    password: 'no no no no',
  })
  const unknown = await nobody().request('POST', '/api/v1/auth/sign-in', {
    email: 'who@example.com',
    password: 'no no no no',
  })
  expect(wrong).toMatchObject({ status: 401, body: { code: 'wrong_credentials' } })
  expect(unknown.body).toEqual(wrong.body)
})

test('signing out ends the session for whoever holds its cookie', async () => {
  const barbara = await signUp(world, 'Barbara')
  expect((await barbara.request('POST', '/api/v1/auth/sign-out')).status).toBe(204)
  expect((await barbara.request('GET', '/api/v1/auth/session')).status).toBe(401)
})

test('a password is kept as argon2id and nowhere in the clear', async () => {
  await signUp(world, 'Donald')
  const rows = await world.query<{ password_hash: string }>(
    `select password_hash from user_credentials c join users u on u.id = c.user_id where u.email = 'donald@example.com'`,
  )
  expect(rows[0]?.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(rows[0]?.password_hash).not.toContain(castPassword)
})

test('a page of another origin cannot act with the cookie of a visitor', async () => {
  const margaret = await signUp(world, 'Margaret')
  const response = await world.app.http.inject({
    method: 'POST',
    url: '/api/v1/auth/sign-out',
    headers: { cookie: margaret.cookie, origin: 'https://evil.example' },
  })
  expect(response.statusCode).toBe(403)
  expect((await margaret.request('GET', '/api/v1/auth/session')).status).toBe(200)
})

test('a session that is in use lasts on: the browser gets the renewed cookie with who is signed in', async () => {
  const grete = await signUp(world, 'Grete')
  const endsAt = async () => {
    const [row] = await world.query<{ expires_at: Date }>(
      'select expires_at from user_sessions where user_id = $1',
      [grete.userId],
    )
    return row?.expires_at.getTime() ?? Number.NaN
  }
  const ask = () => grete.request('GET', '/api/v1/auth/session')
  expect((await ask()).headers).not.toHaveProperty('set-cookie')
  await world.query(`update user_sessions set expires_at = now() + interval '2 days' where user_id = $1`, [
    grete.userId,
  ])
  const soon = await endsAt()
  // An answer that brings no cookie does not use the renewal up.
  const other = await grete.request('GET', '/api/v1/workspaces')
  expect([other.status, await endsAt()]).toEqual([200, soon])
  const renewed = await ask()
  expect(String(renewed.headers['set-cookie'])).toMatch(/session_token=.+Max-Age=2592000/)
  expect(await endsAt()).toBeGreaterThan(soon + 27 * 86_400_000)
  const later = personOf(world, grete.email, grete.userId, cookieOf(renewed))
  expect((await later.request('GET', '/api/v1/auth/session')).status).toBe(200)
})

test('behind a trusted proxy every visitor has tries of their own; nobody else is believed', async () => {
  const proxied = await createWorld({ TRUST_PROXY: '127.0.0.0/8' })
  try {
    const knock = async ({ app }: World, visitor: string, remoteAddress: string) =>
      (
        await app.http.inject({
          method: 'POST',
          url: '/api/v1/auth/password-resets',
          remoteAddress,
          headers: { 'x-forwarded-for': visitor },
          payload: { token: 'invented', newPassword: castPassword },
        })
      ).statusCode
    const tries = async (at: World, remoteAddress: string) => {
      const statuses = []
      for (let i = 0; i < 101; i++) statuses.push(await knock(at, `203.0.113.${i}`, remoteAddress))
      return statuses.at(-1)
    }
    expect(await tries(proxied, '127.0.0.1')).toBe(400)
    expect(await tries(proxied, '198.51.100.7')).toBe(429)
    expect(await tries(world, '127.0.0.9')).toBe(429)
  } finally {
    await proxied.stop()
  }
})

test('browsers are told to come by https only where people reach the server by https', async () => {
  const secure = await createWorld({ PUBLIC_URL: 'https://helio.example' })
  try {
    const header = async ({ app }: World) =>
      (await app.http.inject('/healthz')).headers['strict-transport-security']
    expect(await header(secure)).toBe('max-age=31536000')
    expect(await header(world)).toBeUndefined()
  } finally {
    await secure.stop()
  }
})

test('guessing passwords is stopped within a minute', async () => {
  await signUp(world, 'Ken')
  const guess = () =>
    nobody().request('POST', '/api/v1/auth/sign-in', { email: 'ken@example.com', password: 'guess guess' })
  const statuses = new Set<number>()
  for (let i = 0; i < 25; i++) statuses.add((await guess()).status)
  expect([...statuses]).toEqual([401, 429])
})

const signInFrom = async (remoteAddress: string, email: string, password: string) =>
  (
    await world.app.http.inject({
      method: 'POST',
      url: '/api/v1/auth/sign-in',
      remoteAddress,
      payload: { email, password },
    })
  ).statusCode

test('whoever guesses at a password from elsewhere does not keep its owner out', async () => {
  await signUp(world, 'Frances')
  const email = 'frances@example.com'
  const guesses = []
  for (let i = 0; i < 25; i++) guesses.push(await signInFrom('203.0.113.66', email, 'guess guess'))
  expect(guesses.at(-1)).toBe(429)
  expect(await signInFrom('198.51.100.20', email, castPassword)).toBe(200)
})

test('guessing one password from ever more addresses is stopped too', async () => {
  const { identity } = world.app.services
  // What is counted comes before the password, whose check takes its time.
  vi.spyOn(identity, 'signIn').mockRejectedValue(wrongCredentials())
  const statuses: number[] = []
  for (let address = 1; address <= 40 && !statuses.includes(429); address++) {
    const tries = Array.from({ length: 20 }, () =>
      signInFrom(`203.0.113.${address}`, 'jean@example.com', 'guess guess'),
    )
    statuses.push(...(await Promise.all(tries)))
  }
  vi.mocked(identity.signIn).mockRestore()
  expect(statuses.filter((status) => status === 401)).toHaveLength(400)
  expect(statuses).toContain(429)
})
