import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { NetworkAccount } from '../../../test/bluesky-network/network.ts'
import { passOn, refusal } from '../../../test/chaos/gate.ts'
import { type ConnectedWorld, createConnectedWorld } from '../../../test/connected-world.ts'
import type { Services } from '../services.ts'
import { accounts, openAccount, updateSyncedAccount } from './index.ts'
import { lockTokenRefresh } from './queries-tokens.ts'

const refreshSession = 'com.atproto.server.refreshSession'

let here: ConnectedWorld
let services: Services
let account: NetworkAccount
let ref: { workspaceId: string; accountId: string }
beforeAll(async () => {
  here = await createConnectedWorld()
  services = here.world.app.services
  account = await here.join('alice')
})
beforeEach(async () => {
  ref = { workspaceId: here.cast.workspaceId, accountId: await here.connect(account) }
})
afterEach(() => here.gate.keep())
afterAll(() => here?.stop())

const expireIn = (interval: string) =>
  here.world.query('update social_accounts set token_expires_at = now() + $1::interval where id = $2', [
    interval,
    ref.accountId,
  ])
const tokens = async () => {
  const [row] = await here.world.query(
    `select access_token_encrypted, refresh_token_encrypted, token_version, token_refresh_until, status, health,
       health_reason from social_accounts where id = $1`,
    [ref.accountId],
  )
  return row
}
const refreshes = () => here.gate.count(refreshSession)

test('tokens that live long enough are used as they are', async () => {
  const before = refreshes()
  await openAccount(services, ref)
  expect(refreshes()).toBe(before)
})

test('ten that need an account at once refresh its ending tokens exactly once, and all get the fresh ones', async () => {
  await expireIn('1 minute')
  const before = refreshes()
  const opened = await Promise.all(Array.from({ length: 10 }, () => openAccount(services, ref)))
  expect(refreshes()).toBe(before + 1)
  expect(new Set(opened.map(({ session }) => session.accessToken)).size).toBe(1)
  const [first] = opened
  expect(first?.session.tokenExpiresAt.getTime()).toBeGreaterThan(Date.now() + 10 * 60_000)
})

test('whoever dies while refreshing holds up the others no longer than the lease', async () => {
  await expireIn('1 minute')
  await here.world.query(
    `update social_accounts set token_refresh_until = now() + interval '700 milliseconds' where id = $1`,
    [ref.accountId],
  )
  const before = refreshes()
  const startedAt = performance.now()
  await openAccount(services, ref)
  expect(performance.now() - startedAt).toBeGreaterThan(500)
  expect(refreshes()).toBe(before + 1)
})

test('an answer without tokens, with empty ones or of another account overwrites nothing', async () => {
  await expireIn('1 minute')
  const stored = await tokens()
  const json = (body: unknown) => ({
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  })
  const whole = { did: account.did, handle: account.handle, accessJwt: 'a.b.c', refreshJwt: 'd.e.f' }
  const answers = [
    json(''),
    json({}),
    json({ ...whole, accessJwt: '' }),
    json({ ...whole, refreshJwt: '' }),
    json({ ...whole, did: 'did:plc:somebodyelse' }),
  ]
  for (const answer of answers) {
    here.gate.keep(async (passage) =>
      passage.nsid === refreshSession ? passage.relay(answer) : passOn(passage),
    )
    await expect(openAccount(services, ref)).rejects.toMatchObject({ code: 'unavailable_before_send' })
    expect(await tokens()).toEqual(stored)
  }
  here.gate.keep()
  await openAccount(services, ref)
  expect(await tokens()).toMatchObject({ status: 'active', health: 'healthy' })
})

test('a server that is away for the moment does not make an account revoked', async () => {
  await expireIn('1 minute')
  here.gate.keep(async (passage) => passage.relay(refusal(503, 'Unavailable', 'away')))
  await expect(openAccount(services, ref)).rejects.toMatchObject({ code: 'unavailable_before_send' })
  expect(await tokens()).toMatchObject({ status: 'active', token_refresh_until: null })
})

test('a revoked session makes the account unhealthy with clear words, and is not asked for again', async () => {
  await here.network.revokeSessions(account.did)
  await expireIn('1 minute')
  const before = refreshes()
  await expect(openAccount(services, ref)).rejects.toMatchObject({ code: 'auth_expired' })
  expect(await tokens()).toMatchObject({
    status: 'revoked',
    health: 'unhealthy',
    health_reason: expect.stringContaining('Connect the account again'),
  })
  await expect(openAccount(services, ref)).rejects.toMatchObject({ code: 'auth_expired' })
  expect(refreshes()).toBe(before + 1)
  expect(await here.connect(account)).toBe(ref.accountId)
  await openAccount(services, ref)
  expect(await tokens()).toMatchObject({ status: 'active', health: 'healthy', health_reason: null })
})

test('a refresh that began before the account was connected anew does not overwrite the new tokens', async () => {
  await expireIn('1 minute')
  const held = Promise.withResolvers<void>()
  const arrived = Promise.withResolvers<void>()
  here.gate.keep(async (passage) => {
    if (passage.nsid !== refreshSession) return passOn(passage)
    const answer = await passage.forward()
    arrived.resolve()
    await held.promise
    passage.relay(answer)
  })
  const opening = openAccount(services, ref)
  await arrived.promise
  await here.connect(account)
  const stored = await tokens()
  held.resolve()
  await opening
  expect(await tokens()).toEqual(stored)
})

test('a refresh that is refused after the account was connected anew revokes nothing, and uses the new tokens', async () => {
  await expireIn('1 minute')
  const held = Promise.withResolvers<void>()
  const arrived = Promise.withResolvers<void>()
  here.gate.keep(async (passage) => {
    if (passage.nsid !== refreshSession) return passOn(passage)
    arrived.resolve()
    await held.promise
    passage.relay(refusal(400, 'ExpiredToken', 'Token has been revoked'))
  })
  const opening = openAccount(services, ref)
  await arrived.promise
  await here.connect(account)
  const stored = await tokens()
  held.resolve()
  const { row } = await opening
  expect(await tokens()).toEqual(stored)
  expect(stored).toMatchObject({
    status: 'active',
    health: 'healthy',
    token_version: String(row.token_version),
  })
})

test('a refresh that fails after the account was connected anew leaves the lease on the new tokens alone', async () => {
  await expireIn('1 minute')
  const held = Promise.withResolvers<void>()
  const arrived = Promise.withResolvers<void>()
  here.gate.keep(async (passage) => {
    if (passage.nsid !== refreshSession) return passOn(passage)
    arrived.resolve()
    await held.promise
    passage.relay(refusal(503, 'Unavailable', 'away'))
  })
  const opening = openAccount(services, ref)
  await arrived.promise
  await here.connect(account)
  await here.world.query(
    `update social_accounts set token_refresh_until = now() + interval '1 hour' where id = $1`,
    [ref.accountId],
  )
  const stored = await tokens()
  held.resolve()
  await expect(opening).rejects.toMatchObject({ code: 'unavailable_before_send' })
  expect(await tokens()).toEqual(stored)
})

test('a server whose clock is wrong neither takes a lease that is held nor holds one for longer', async () => {
  const hourMs = 3_600_000
  const { doors } = services
  const lock = (version: number) =>
    doors.withWorkspace(ref.workspaceId, (tx) =>
      lockTokenRefresh(tx, ref.workspaceId, ref.accountId, { version, leaseMs: 20_000 }),
    )
  const { token_version: version } = (await tokens()) ?? {}
  expect(await lock(version)).toBe(true)
  expect(await lock(version)).toBe(false)
  await here.world.query('update social_accounts set token_refresh_until = null where id = $1', [
    ref.accountId,
  ])
  here.gate.keep(async (passage) => {
    if (passage.nsid === refreshSession) {
      const [row] = await here.world.query<{ seconds: number }>(
        `select extract(epoch from token_refresh_until - now())::float8 as seconds from social_accounts where id = $1`,
        [ref.accountId],
      )
      leases.push(row?.seconds ?? Number.NaN)
    }
    await passOn(passage)
  })
  const leases: number[] = []
  for (const wrongByMs of [-5 * hourMs, 5 * hourMs]) {
    const clock = { now: () => new Date(Date.now() + wrongByMs) }
    await openAccount({ ...services, clock }, ref, Number.POSITIVE_INFINITY)
  }
  expect(leases).toHaveLength(2)
  for (const seconds of leases) {
    expect(seconds).toBeGreaterThan(0)
    expect(seconds).toBeLessThanOrEqual(20)
  }
})

test('what a sync read with earlier tokens does not heal an account that was revoked, nor one connected anew', async () => {
  const { token_version: version } = (await tokens()) ?? {}
  const profile = {
    platformAccountId: account.did,
    username: 'stale.test',
    displayName: null,
    avatarUrl: null,
    followersCount: null,
    followingCount: null,
    postsCount: null,
  }
  const write = () =>
    services.doors.withWorkspace(ref.workspaceId, (tx) =>
      updateSyncedAccount(tx, ref.workspaceId, ref.accountId, { version, profile, now: new Date() }),
    )
  const state = async () => {
    const [row] = await here.world.query(
      'select username, status, health from social_accounts where id = $1',
      [ref.accountId],
    )
    return row
  }
  await here.world.query(
    `update social_accounts set status = 'revoked', health = 'unhealthy' where id = $1`,
    [ref.accountId],
  )
  await write()
  expect(await state()).toEqual({ username: account.handle, status: 'revoked', health: 'unhealthy' })
  await here.connect(account)
  await write()
  expect(await state()).toEqual({ username: account.handle, status: 'active', health: 'healthy' })
})

test('tokens are refreshed ahead of time by a job, without anybody who needs them', async () => {
  await expireIn('15 minutes')
  const before = refreshes()
  const jobs = accounts.jobs?.(services) ?? []
  const run = (name: string, payload: unknown) =>
    jobs.find((job) => job.name === name)?.run(payload, AbortSignal.timeout(5_000))
  await run('refresh_tokens', {})
  const queued = await here.world.query<{ payload: unknown }>(
    `select payload from graphile_worker._private_jobs where key = $1`,
    [`refresh_token:${ref.accountId}`],
  )
  expect(queued).toEqual([{ payload: ref }])
  await run('refresh_token', ref)
  expect(refreshes()).toBe(before + 1)
})
