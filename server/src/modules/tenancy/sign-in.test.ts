import { afterAll, beforeAll, expect, test } from 'vitest'
import { castPassword, personOf, signUp } from '../../../test/cast.ts'
import { createWorld, type World } from '../../../test/world.ts'

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

test('guessing passwords is stopped within a minute', async () => {
  await signUp(world, 'Ken')
  const guess = () =>
    nobody().request('POST', '/api/v1/auth/sign-in', { email: 'ken@example.com', password: 'guess guess' })
  const statuses = new Set<number>()
  for (let i = 0; i < 25; i++) statuses.add((await guess()).status)
  expect([...statuses]).toEqual([401, 429])
})
