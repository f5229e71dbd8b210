import { createHash } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type Cast, castOf, type Person, signUp } from '../../../test/cast.ts'
import { createWorld, type World } from '../../../test/world.ts'

let world: World
let cast: Cast
let members: string
let invitations: string
const accept = '/api/v1/invitations/accept'

beforeAll(async () => {
  world = await createWorld()
  cast = await castOf(world)
  members = `/api/v1/workspaces/${cast.workspaceId}/members`
  invitations = `/api/v1/workspaces/${cast.workspaceId}/invitations`
})
afterAll(() => world.stop())

/** Invites an address and returns the secret of the link. */
async function inviteTo(email: string, role = 'viewer', path = invitations, by = cast.alice) {
  const answer = await by.request('POST', path, { email, role })
  expect(answer.status, JSON.stringify(answer.body)).toBe(201)
  return { id: String(answer.body.id), token: String(answer.body.link).split('/').at(-1) ?? '' }
}

/** A new person with a role in a workspace, the cast's if none is named. */
async function memberNamed(name: string, role: string, workspaceId = cast.workspaceId): Promise<Person> {
  const person = await signUp(world, name)
  const direct = role === 'owner' ? 'admin' : role
  const path = `/api/v1/workspaces/${workspaceId}`
  const { token } = await inviteTo(person.email, direct, `${path}/invitations`)
  expect((await person.request('POST', accept, { token })).status).toBe(200)
  if (role === 'owner') {
    const made = await cast.alice.request('PATCH', `${path}/members/${person.userId}`, { role })
    expect(made.status).toBe(200)
  }
  return person
}

async function newWorkspace(): Promise<{ id: string; members: string }> {
  const answer = await cast.alice.request('POST', '/api/v1/workspaces', { name: 'Another', timeZone: 'UTC' })
  return { id: answer.body.id, members: `/api/v1/workspaces/${answer.body.id}/members` }
}

/** The superuser's login to the world's database. */
function superuserUrlOf({ owner }: World): string {
  const url = new URL(inject('superuserUrl'))
  url.pathname = new URL(owner.url).pathname
  return url.href
}

const faultsOf = (answer: { body: { errors?: { field: string; message: string }[] } }) =>
  answer.body.errors?.map(({ field }) => field)

test('every route refuses who is not signed in, is too weak, or has nothing to do with the workspace', async () => {
  const { id } = await inviteTo('guarded@example.com')
  const routes = [
    ['GET', members, undefined, 200],
    ['PATCH', `${members}/${cast.bob.userId}`, { role: 'viewer' }, 403],
    ['DELETE', `${members}/${cast.bob.userId}`, undefined, 403],
    ['GET', invitations, undefined, 403],
    ['POST', invitations, { email: 'x@example.com', role: 'viewer' }, 403],
    ['DELETE', `${invitations}/${id}`, undefined, 403],
  ] as const
  for (const [method, path, body, forVera] of routes) {
    const statusFor = async (person: Person) => (await person.request(method, path, body)).status
    expect(
      [await statusFor(cast.nobody), await statusFor(cast.vera), await statusFor(cast.charlie)],
      `${method} ${path}`,
    ).toEqual([401, forVera, 404])
  }
  expect((await cast.nobody.request('POST', accept, { token: 'x'.repeat(43) })).status).toBe(401)
  const { body } = await cast.alice.request('GET', members)
  expect(body.items.find((member: { userId: string }) => member.userId === cast.bob.userId).role).toBe(
    'editor',
  )
})

test('members are listed strongest first, with names and addresses and nothing else of them', async () => {
  const workspace = await newWorkspace()
  await memberNamed('Listed', 'viewer', workspace.id)
  const { body } = await cast.alice.request('GET', workspace.members)
  expect(body.items).toEqual([
    {
      userId: cast.alice.userId,
      name: 'Alice',
      email: 'alice@example.com',
      role: 'owner',
      joinedAt: expect.any(String),
    },
    {
      userId: expect.any(String),
      name: 'Listed',
      email: 'listed@example.com',
      role: 'viewer',
      joinedAt: expect.any(String),
    },
  ])
})

test('a fault of the input is told beside its field', async () => {
  const invite = (body: unknown) => cast.alice.request('POST', invitations, body)
  const tries = [
    [await invite({ email: 'no address', role: 'viewer' }), 'email'],
    [await invite({ email: 'x@example.com', role: 'emperor' }), 'role'],
    [await invite({ email: 'x@example.com', role: 'owner' }), 'role'],
    [await cast.alice.request('PATCH', `${members}/${cast.bob.userId}`, { role: 'emperor' }), 'role'],
    [await cast.alice.request('POST', accept, { token: 'short' }), 'token'],
  ] as const
  for (const [answer, field] of tries) {
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_input' } })
    expect(faultsOf(answer)).toEqual([field])
  }
})

test('a member or an invitation that does not exist is not found', async () => {
  const nowhere = '00000000-0000-7000-8000-000000000000'
  for (const [method, path, body] of [
    ['PATCH', `${members}/${nowhere}`, { role: 'viewer' }],
    ['DELETE', `${members}/${nowhere}`, undefined],
    ['DELETE', `${invitations}/${nowhere}`, undefined],
    // Charlie exists, elsewhere.
    ['PATCH', `${members}/${cast.charlie.userId}`, { role: 'viewer' }],
    ['DELETE', `${members}/${cast.charlie.userId}`, undefined],
  ] as const) {
    expect((await cast.alice.request(method, path, body)).status, `${method} ${path}`).toBe(404)
  }
})

test('a link lets its address in once, with the role that it was made for', async () => {
  const { token } = await inviteTo('Once@Example.com', 'analyst')
  const once = await signUp(world, 'Once')
  const joined = await once.request('POST', accept, { token })
  expect(joined).toMatchObject({ status: 200, body: { id: cast.workspaceId, role: 'analyst' } })
  const again = await once.request('POST', accept, { token })
  expect(again).toMatchObject({ status: 404, body: { code: 'invitation_invalid' } })
})

test('a link that is used twice at the same moment joins once', async () => {
  const { token } = await inviteTo('twice@example.com')
  const twice = await signUp(world, 'Twice')
  const answers = await Promise.all([1, 2, 3].map(() => twice.request('POST', accept, { token })))
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 404, 404])
})

test('a link of another address is refused and stays good for its own', async () => {
  const { token } = await inviteTo('right@example.com')
  const answer = await cast.charlie.request('POST', accept, { token })
  expect(answer).toMatchObject({ status: 403, body: { code: 'invitation_for_another_address' } })
  expect((await cast.charlie.request('GET', members)).status).toBe(404)
  const right = await signUp(world, 'Right')
  expect((await right.request('POST', accept, { token })).status).toBe(200)
})

test('an expired, a withdrawn and an invented link say what to do and let nobody in', async () => {
  const late = await signUp(world, 'Late')
  const expired = await inviteTo(late.email)
  await world.query(
    `update workspace_invitations set expires_at = now() - interval '1 second' where id = $1`,
    [expired.id],
  )
  // The expired one does not stand in the way of a new one.
  const withdrawn = await inviteTo(late.email)
  expect((await cast.alice.request('DELETE', `${invitations}/${withdrawn.id}`)).status).toBe(204)
  expect((await cast.alice.request('DELETE', `${invitations}/${withdrawn.id}`)).status).toBe(404)
  for (const token of [expired.token, withdrawn.token, 'x'.repeat(43)]) {
    const answer = await late.request('POST', accept, { token })
    expect(answer).toMatchObject({ status: 404, body: { code: 'invitation_invalid' } })
    expect(answer.body.detail).toContain('Ask for a new one')
  }
  expect((await late.request('GET', members)).status).toBe(404)
})

test('an address has one open invitation at a time, and the list shows it without its secret', async () => {
  const { id, token } = await inviteTo('open@example.com', 'editor')
  const second = await cast.alice.request('POST', invitations, { email: 'OPEN@example.com', role: 'viewer' })
  expect(second).toMatchObject({ status: 409, body: { code: 'already_invited' } })
  expect(faultsOf(second)).toEqual(['email'])
  const { body } = await cast.alice.request('GET', invitations)
  const shown = body.items.find((item: { id: string }) => item.id === id)
  expect(shown).toMatchObject({ email: 'open@example.com', role: 'editor', invitedBy: 'Alice' })
  expect(JSON.stringify(body)).not.toContain(token)
})

test('the database holds the hash of a link and nowhere the link', async () => {
  const { token } = await inviteTo('hashed@example.com')
  const rows = await world.query<{ row: string; token_hash: Buffer }>(
    `select i::text as row, token_hash from workspace_invitations i where email = 'hashed@example.com'`,
  )
  expect(rows[0]?.token_hash).toEqual(createHash('sha256').update(token).digest())
  expect(rows[0]?.row).not.toContain(token)
})

test('an invitation does not change the role of somebody who has become a member since', async () => {
  const eve = await signUp(world, 'Eve')
  const { token } = await inviteTo(eve.email, 'viewer')
  await world.query(`insert into workspace_members (workspace_id, user_id, role) values ($1, $2, 'editor')`, [
    cast.workspaceId,
    eve.userId,
  ])
  expect(await eve.request('POST', accept, { token })).toMatchObject({
    status: 200,
    body: { role: 'editor' },
  })
})

test('a member is not invited again, and it is said why', async () => {
  const again = await cast.alice.request('POST', invitations, {
    email: cast.bob.email.toUpperCase(),
    role: 'viewer',
  })
  expect(again).toMatchObject({ status: 409, body: { code: 'already_member' } })
  expect(faultsOf(again)).toEqual(['email'])
})

test('an admin changes everybody but owners, and makes none', async () => {
  const admin = await memberNamed('Ada', 'admin')
  const analyst = await memberNamed('Ann', 'viewer')
  const change = (userId: string, role: string) => admin.request('PATCH', `${members}/${userId}`, { role })
  expect(await change(analyst.userId, 'analyst')).toMatchObject({ status: 200, body: { role: 'analyst' } })
  for (const refused of [
    await change(analyst.userId, 'owner'),
    await change(admin.userId, 'owner'),
    await change(cast.alice.userId, 'viewer'),
    await admin.request('DELETE', `${members}/${cast.alice.userId}`),
  ]) {
    expect(refused.status).toBe(403)
    expect(refused.body.detail).toBe('Only an owner can make, change or remove an owner.')
  }
  expect((await admin.request('DELETE', `${members}/${analyst.userId}`)).status).toBe(204)
})

test('an admin who is overtaken by a promotion to owner is told, and changes nothing', async () => {
  const admin = await memberNamed('Slow', 'admin')
  const risen = await memberNamed('Risen', 'viewer')
  const promoter = new pg.Client({ connectionString: superuserUrlOf(world) })
  await promoter.connect()
  try {
    for (const method of ['PATCH', 'DELETE'] as const) {
      await promoter.query('begin')
      await promoter.query(`update workspace_members set role = 'owner' where user_id = $1`, [risen.userId])
      const body = method === 'PATCH' ? { role: 'analyst' } : undefined
      const answer = admin.request(method, `${members}/${risen.userId}`, body)
      const waiting = `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
      await expect.poll(() => world.query(waiting), { timeout: 10_000 }).toHaveLength(1)
      await promoter.query('commit')
      expect(await answer, method).toMatchObject({ status: 409, body: { code: 'conflict' } })
      const role = 'select role from workspace_members where user_id = $1'
      expect(await world.query(role, [risen.userId])).toEqual([{ role: 'owner' }])
      await world.query(`update workspace_members set role = 'viewer' where user_id = $1`, [risen.userId])
    }
  } finally {
    await promoter.end()
  }
})

test('a removed member loses access at once', async () => {
  const gone = await memberNamed('Gone', 'editor')
  expect((await gone.request('GET', members)).status).toBe(200)
  expect((await cast.alice.request('DELETE', `${members}/${gone.userId}`)).status).toBe(204)
  expect((await gone.request('GET', members)).status).toBe(404)
  expect((await gone.request('GET', '/api/v1/auth/session')).body.workspaces).toEqual([])
})

test('a weaker role counts from the next request on', async () => {
  const weakened = await memberNamed('Weak', 'admin')
  expect((await weakened.request('GET', invitations)).status).toBe(200)
  await cast.alice.request('PATCH', `${members}/${weakened.userId}`, { role: 'viewer' })
  expect((await weakened.request('GET', invitations)).status).toBe(403)
})

test('whoever is a member may leave, also an artist who sees nobody else', async () => {
  const artist = await memberNamed('Art', 'artist')
  expect((await artist.request('GET', members)).status).toBe(403)
  expect((await artist.request('DELETE', `${members}/${cast.bob.userId}`)).status).toBe(403)
  expect((await artist.request('DELETE', `${members}/${artist.userId}`)).status).toBe(204)
  expect((await artist.request('GET', members)).status).toBe(404)
})

test('the last owner can neither leave nor become something else', async () => {
  const workspace = await newWorkspace()
  const own = `${workspace.members}/${cast.alice.userId}`
  for (const answer of [
    await cast.alice.request('DELETE', own),
    await cast.alice.request('PATCH', own, { role: 'admin' }),
  ]) {
    expect(answer).toMatchObject({ status: 409, body: { code: 'last_owner_stays' } })
  }
  const second = await memberNamed('Heir', 'owner', workspace.id)
  expect((await cast.alice.request('DELETE', own)).status).toBe(204)
  expect((await second.request('GET', workspace.members)).body.items).toHaveLength(1)
})

test('when two owners leave at the same moment, one stays', async () => {
  for (let round = 0; round < 5; round++) {
    const workspace = await newWorkspace()
    const second = await memberNamed(`Second${round}`, 'owner', workspace.id)
    const answers = await Promise.all(
      [cast.alice, second].map((person) => person.request('DELETE', `${workspace.members}/${person.userId}`)),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409])
    const owners = await world.query(
      `select from workspace_members where workspace_id = $1 and role = 'owner'`,
      [workspace.id],
    )
    expect(owners).toHaveLength(1)
  }
})
