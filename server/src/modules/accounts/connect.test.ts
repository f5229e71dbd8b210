import { createServer } from 'node:http'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { NetworkAccount } from '../../../test/bluesky-network/network.ts'
import { castOf } from '../../../test/cast.ts'
import { type Passage, passOn, refusal } from '../../../test/chaos/gate.ts'
import {
  type ConnectedWorld,
  createConnectedWorld,
  eventually,
  expectStatus,
} from '../../../test/connected-world.ts'
import { freePort } from '../../../test/running-server.ts'
import { createWorld, ownerUrlOf } from '../../../test/world.ts'
import { openAccount } from './open-account.ts'

let here: ConnectedWorld
let account: NetworkAccount
let appPassword: string
beforeAll(async () => {
  here = await createConnectedWorld()
  account = await here.join('alice')
  appPassword = await here.network.createAppPassword(account, 'heliograph')
  await here.network.processAll()
})
afterAll(() => here?.stop())

const connect = (change: object = {}, person = here.cast.alice) =>
  person.request('POST', `${here.path}/accounts`, {
    platform: 'bluesky',
    handle: account.handle,
    appPassword,
    serviceUrl: here.network.pdsUrl,
    ...change,
  })
const rowOf = async (accountId: string) => {
  const [row] = await here.world.query('select * from social_accounts where id = $1', [accountId])
  if (!row) throw new Error('the account is gone')
  return row
}

test('connecting shows the account with its name, health and counts, and how much its network takes', async () => {
  const { status, body } = await connect({ handle: ` @${account.handle} ` })
  expect(status).toBe(201)
  expect(body).toMatchObject({
    platform: 'bluesky',
    username: account.handle,
    status: 'active',
    health: 'healthy',
    followersCount: 0,
    limits: { text: { unit: 'graphemes', max: 300 } },
  })
  const { body: listed } = await here.cast.vera.request('GET', `${here.path}/accounts`)
  expect(listed.items).toEqual([body])
  expect(JSON.stringify(listed)).not.toMatch(/token|eyJ/i)
})

test('an account that is connected twice is one account', async () => {
  const first = await connect()
  expect(first.status).toBe(200)
  expect((await here.cast.vera.request('GET', `${here.path}/accounts`)).body.items).toHaveLength(1)
})

test('an account that is connected several times in one moment is one account, and no connect fails', async () => {
  const fresh = await here.join('hasty')
  const password = await here.network.createAppPassword(fresh, 'heliograph')
  await here.network.processAll()
  const waiting = () =>
    here.world.query(
      `select from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock' and query like '%social_accounts%'`,
    )
  const holder = new pg.Client({ connectionString: ownerUrlOf(here.world) })
  await holder.connect()
  try {
    // Everybody may look for the account and nobody may write it, until all are about to.
    await holder.query('begin; lock table social_accounts in share mode')
    const connecting = Promise.all(
      [1, 2, 3].map(() => connect({ handle: fresh.handle, appPassword: password })),
    )
    await eventually(waiting, (waits) => waits.length === 3)
    await holder.query('commit')
    const answers = await connecting
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 201])
    const ids = new Set(answers.map(({ body }) => body.id))
    expect(ids.size).toBe(1)
    const [accountId] = ids
    // The tokens that were written last are whole and open.
    const { session } = await openAccount(here.world.app.services, {
      workspaceId: here.cast.workspaceId,
      accountId,
    })
    expect(session.platformAccountId).toBe(fresh.did)
    expectStatus(204, await here.cast.alice.request('DELETE', `${here.path}/accounts/${accountId}`))
  } finally {
    await holder.end()
  }
})

test('an account whose profile the network does not tell yet is connected all the same', async () => {
  const fresh = await here.join('fresh')
  here.gate.keep(async (passage) => {
    if (passage.nsid === 'app.bsky.actor.getProfile') {
      return passage.relay(refusal(400, 'InvalidRequest', 'Profile not found'))
    }
    const answer = await passage.forward()
    if (passage.nsid !== 'com.atproto.server.createSession') return passage.relay(answer)
    // Without its document the account seems to live at the gate.
    const { didDoc: _, ...session } = JSON.parse(answer.body.toString())
    passage.relay({ ...answer, body: Buffer.from(JSON.stringify(session)) })
  })
  const password = await here.network.createAppPassword(fresh, 'heliograph')
  const asked = here.gate.count('app.bsky.actor.getProfile')
  const answer = await connect({
    handle: fresh.handle,
    appPassword: password,
    serviceUrl: here.gate.url,
  })
  expect(here.gate.count('app.bsky.actor.getProfile')).toBe(asked + 1)
  here.gate.keep()
  expectStatus(201, answer)
  expect(answer.body).toMatchObject({ username: fresh.handle, status: 'active' })
  expectStatus(204, await here.cast.alice.request('DELETE', `${here.path}/accounts/${answer.body.id}`))
})

test('absurd values of a network are cut or left out, and the account is connected', async () => {
  const fresh = await here.join('absurd')
  const patched = async (passage: Passage, change: object, without: string[] = []) => {
    const answer = await passage.forward()
    const body = { ...JSON.parse(answer.body.toString()), ...change }
    for (const name of without) delete body[name]
    passage.relay({ ...answer, body: Buffer.from(JSON.stringify(body)) })
  }
  const endless = `e30.${Buffer.from(JSON.stringify({ exp: 1e300 })).toString('base64url')}.sig`
  here.gate.keep((passage) => {
    if (passage.nsid === 'app.bsky.actor.getProfile') {
      const body = { did: fresh.did, handle: fresh.handle, avatar: `https://a.example/${'x'.repeat(5_000)}` }
      const told = { ...body, displayName: `\u0000A${'👩'.repeat(2_000)}` }
      passage.relay({
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: Buffer.from(JSON.stringify(told)),
      })
      return Promise.resolve()
    }
    if (passage.nsid === 'com.atproto.server.createSession') {
      return patched(passage, { accessJwt: endless }, ['didDoc'])
    }
    return passOn(passage)
  })
  const password = await here.network.createAppPassword(fresh, 'heliograph')
  const answer = await connect({ handle: fresh.handle, appPassword: password, serviceUrl: here.gate.url })
  here.gate.keep()
  expectStatus(201, answer)
  expect(answer.body.avatarUrl).toBeNull()
  expect(answer.body.displayName).toMatch(/^A(👩){100,}$/u)
  expect(answer.body.displayName.length).toBeLessThanOrEqual(1_280)
  const { token_expires_at } = await rowOf(answer.body.id)
  expect(token_expires_at.getTime()).toBeGreaterThan(Date.now() + 20 * 60_000)
  expect(token_expires_at.getTime()).toBeLessThan(Date.now() + 40 * 60_000)
  expectStatus(204, await here.cast.alice.request('DELETE', `${here.path}/accounts/${answer.body.id}`))
})

test('each thing that can be wrong has words of its own, at its own field, as 422', async () => {
  const site = createServer((_request, response) => response.writeHead(404).end('<h1>A bakery</h1>'))
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  const address = site.address()
  const sitePort = typeof address === 'object' ? address?.port : undefined
  const wrong: [string, object, string, RegExp][] = [
    ['a wrong password', { appPassword: 'aaaa-bbbb-cccc-dddd' }, 'appPassword', /did not accept/],
    ['a handle without a domain', { handle: 'alice' }, 'handle', /not a whole handle/],
    ['an unknown host', { serviceUrl: 'https://no-such-host.invalid' }, 'serviceUrl', /no server called/],
    [
      'an unreachable host',
      { serviceUrl: `http://127.0.0.1:${await freePort()}` },
      'serviceUrl',
      /could not be reached/,
    ],
    ['no PDS', { serviceUrl: `http://127.0.0.1:${sitePort}` }, 'serviceUrl', /not a Bluesky server/],
    ['a private address', { serviceUrl: 'https://10.0.0.1' }, 'serviceUrl', /may reach/],
    ['plain http in public', { serviceUrl: 'http://93.184.215.14' }, 'serviceUrl', /may reach/],
    ['no address', { serviceUrl: 'ftp://example.com' }, 'serviceUrl', /like https/],
  ]
  const texts = new Set<string>()
  for (const [name, change, field, words] of wrong) {
    const { status, body } = await connect(change)
    expect(status, name).toBe(422)
    expect(body.errors, name).toMatchObject([{ field, message: expect.stringMatching(words) }])
    texts.add(body.errors[0].message.replace(/127\.0\.0\.1:\d+|10\.0\.0\.1|93\.184\.215\.14/, ''))
  }
  site.close()
  // The two addresses that are refused say the same.
  expect(texts.size).toBe(wrong.length - 1)
})

test('without the operator’s leave, no address of the own machine is reached', async () => {
  const guarded = await createWorld({ OUTBOUND_ALLOW_NETWORKS: '' })
  try {
    const { alice, workspaceId } = await castOf(guarded)
    for (const serviceUrl of [here.gate.url, here.gate.url.replace('127.0.0.1', 'localhost')]) {
      const before = here.gate.count('com.atproto.server.createSession')
      const { status, body } = await alice.request('POST', `/api/v1/workspaces/${workspaceId}/accounts`, {
        platform: 'bluesky',
        handle: account.handle,
        appPassword,
        serviceUrl,
      })
      expect(status).toBe(422)
      expect(body.errors).toMatchObject([{ field: 'serviceUrl' }])
      expect(here.gate.count('com.atproto.server.createSession')).toBe(before)
    }
  } finally {
    await guarded.stop()
  }
})

test('an empty handle and an empty password are told together', async () => {
  const { status, body } = await connect({ handle: ' ', appPassword: '' })
  expect(status).toBe(422)
  expect(body.errors.map(({ field }: { field: string }) => field).sort()).toEqual(['appPassword', 'handle'])
})

test('neither a token nor the app password lies in the database in the clear', async () => {
  const { body } = await connect()
  const row = await rowOf(body.id)
  const everything = JSON.stringify(await here.world.query('select * from social_accounts'))
  expect(everything).not.toMatch(/eyJ[\w-]+\.[\w-]+/)
  expect(everything).not.toContain(appPassword)
  const jobs = JSON.stringify(await here.world.query('select * from graphile_worker._private_jobs'))
  expect(jobs).not.toMatch(/eyJ[\w-]+\.[\w-]+/)
  expect(row.access_token_encrypted).not.toBe(row.refresh_token_encrypted)
  const ref = { workspaceId: here.cast.workspaceId, accountId: body.id }
  const { session } = await openAccount(here.world.app.services, ref)
  expect(session.accessToken).toMatch(/^eyJ/)
})

test('a sealed token that is copied to another account, or to its other column, does not open', async () => {
  const { body } = await connect()
  const other = await here.join('thief')
  const thiefId = await here.connect(other)
  const { services } = here.world.app
  const open = () => openAccount(services, { workspaceId: here.cast.workspaceId, accountId: thiefId })
  const mine = await rowOf(body.id)
  const theirs = await rowOf(thiefId)
  await open()
  const put = (access: string, refresh: string) =>
    here.world.query(
      'update social_accounts set access_token_encrypted = $2, refresh_token_encrypted = $3 where id = $1',
      [thiefId, access, refresh],
    )
  await put(mine.access_token_encrypted, mine.refresh_token_encrypted)
  await expect(open()).rejects.toThrow()
  await put(theirs.refresh_token_encrypted, theirs.access_token_encrypted)
  await expect(open()).rejects.toThrow()
  await put(theirs.access_token_encrypted, theirs.refresh_token_encrypted)
  await open()
})

test('an owner cannot read a token by SQL through her own door, nor by way of a returning clause', async () => {
  const { doors } = here.world.app.services
  const { workspaceId, alice } = here.cast
  const asAlice = <T>(work: Parameters<typeof doors.withActor<T>>[2]) =>
    doors.withActor({ userId: alice.userId }, workspaceId, work)
  const tokens = ['access_token_encrypted', 'refresh_token_encrypted'] as const
  for (const column of tokens) {
    await expect(asAlice((tx) => tx.selectFrom('social_accounts').select(column).execute())).rejects.toThrow(
      'permission denied',
    )
    await expect(
      asAlice((tx) =>
        tx.updateTable('social_accounts').set({ display_name: 'x' }).returning(column).execute(),
      ),
    ).rejects.toThrow('permission denied')
  }
  await expect(asAlice((tx) => tx.selectFrom('social_accounts').selectAll().execute())).rejects.toThrow(
    'permission denied',
  )
})

test('disconnecting forgets the tokens and keeps the history; connecting again is the same account', async () => {
  const { body } = await connect()
  const item = `${here.path}/accounts/${body.id}`
  expectStatus(204, await here.cast.alice.request('DELETE', item))
  expect(await rowOf(body.id)).toMatchObject({
    status: 'disconnected',
    access_token_encrypted: null,
    refresh_token_encrypted: null,
    token_expires_at: null,
  })
  const { body: listed } = await here.cast.vera.request('GET', `${here.path}/accounts`)
  expect(listed.items.map(({ id }: { id: string }) => id)).not.toContain(body.id)
  const ref = { workspaceId: here.cast.workspaceId, accountId: body.id }
  await expect(openAccount(here.world.app.services, ref)).rejects.toMatchObject({ code: 'auth_expired' })
  const again = await connect()
  expect(again).toMatchObject({ status: 200, body: { id: body.id, status: 'active', health: 'healthy' } })
})

test('managers and stronger connect and disconnect; everybody else is refused, strangers as if nothing were there', async () => {
  const { body } = await connect()
  const { bob, vera, charlie, nobody, otherWorkspaceId } = here.cast
  const item = `${here.path}/accounts/${body.id}`
  const refused = [
    [bob, 403],
    [vera, 403],
    [charlie, 404],
    [nobody, 401],
  ] as const
  for (const [person, status] of refused) {
    expect((await connect({}, person)).status, `POST of ${person.email}`).toBe(status)
    expect((await person.request('DELETE', item)).status, `DELETE of ${person.email}`).toBe(status)
  }
  expect((await charlie.request('GET', `${here.path}/accounts`)).status).toBe(404)
  expect((await nobody.request('GET', `${here.path}/accounts`)).status).toBe(401)
  const fromElsewhere = `/api/v1/workspaces/${otherWorkspaceId}/accounts`
  expect((await charlie.request('DELETE', `${fromElsewhere}/${body.id}`)).status).toBe(404)
  expect((await charlie.request('GET', fromElsewhere)).body.items).toEqual([])
  expect((await rowOf(body.id)).status).toBe('active')
})
