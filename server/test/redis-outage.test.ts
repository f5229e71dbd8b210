/** Redis behind the running product is killed and comes back: people go on, and whoever runs it can see it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { joinAt, type Member, type Reply } from './chaos/member.ts'
import { parseMetrics } from './prometheus-text.ts'
import { type RunningRedis, startRedis } from './redis.ts'
import { type RunningServer, startServer } from './running-server.ts'

const timeout = 120_000
const soon = { timeout: 30_000, interval: 20 }
let directory: string
let redis: RunningRedis
let server: RunningServer

const start = () => startServer(directory, { REDIS_URL: `redis://${redis.host}` })
const killRedis = () => redis.engine.stop('SIGKILL')
const bringBackRedis = async () => {
  redis = await startRedis(directory, redis.port)
}

beforeAll(async () => {
  directory = await mkdtemp('/tmp/heliograph-redis-outage-')
  redis = await startRedis(directory)
  server = await start()
}, timeout)
afterAll(async () => {
  await server?.stop()
  await redis?.engine.stop('SIGKILL')
  await rm(directory, { recursive: true, force: true })
})

async function readiness() {
  const response = await fetch(`${server.url}/readyz`, { signal: AbortSignal.timeout(10_000) })
  const { status, checks }: { status: string; checks: { name: string; ready: boolean; reason?: string }[] } =
    await response.json()
  return { code: response.status, status, redis: checks.find(({ name }) => name === 'redis') }
}
const untilReady = () => vi.waitUntil(async () => (await readiness()).status === 'ready', soon)
const untilDegraded = () => vi.waitUntil(async () => (await readiness()).status === 'degraded', soon)
const redisIsUp = async () =>
  parseMetrics(await (await fetch(`${server.url}/metrics`)).text()).samples.get(
    'heliograph_engine_up{engine="redis"}',
  )
const timesSaid = (words: string) => server.output().split(words).length - 1

const password = 'correct horse battery'

/** As somebody who is not signed in. */
async function post(path: string, body: object): Promise<number> {
  const response = await fetch(`${server.url}/api/v1/auth/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(15_000),
  })
  await response.body?.cancel()
  return response.status
}
const signUp = (email: string) => post('sign-up', { name: 'Grace', email, password })
const signIn = (email: string, word = password) => post('sign-in', { email, password: word })

/** What the screens ask, one after the other, again and again, until it is stopped; and what was not as ever. */
function useScreens(member: Member) {
  const wrong: unknown[] = []
  let slowestMs = 0
  let rounds = 0
  let isOver = false
  const asked: readonly (readonly [status: number, ask: () => Promise<Reply>])[] = [
    [200, () => member.request('GET', '/api/v1/auth/session')],
    [200, () => member.request('GET', '/api/v1/workspaces')],
    [200, () => member.request('GET', '/api/v1/operations')],
    [200, () => member.here('GET', '/accounts')],
    [200, () => member.here('GET', '/members')],
    [200, () => member.here('GET', '/content?status=draft')],
    [201, () => member.here('POST', '/content', { text: 'written meanwhile' })],
    [201, () => member.here('POST', '/invitations', { email: `${rounds}@example.com`, role: 'viewer' })],
  ]
  const going = (async () => {
    for (; !isOver; rounds++) {
      for (const [at, [status, ask]] of asked.entries()) {
        const startedMs = performance.now()
        const reply = await ask().catch((error: unknown) => ({ status: 0, body: String(error) }))
        slowestMs = Math.max(slowestMs, performance.now() - startedMs)
        if (reply.status !== status) wrong.push({ at, ...reply })
      }
    }
  })()
  return {
    rounds: () => rounds,
    async stop() {
      isOver = true
      await going
      return { wrong, slowestMs }
    },
  }
}

/** Whoever signs up first operates the installation, and so may open every screen. */
test('Redis killed with -9 under load: nobody is turned away, the server says what is missing, and both end', {
  timeout,
}, async () => {
  const member = await joinAt(server.url)
  await signUp('grace@example.com')
  await untilReady()
  expect(await readiness()).toMatchObject({ code: 200, redis: { ready: true } })
  expect(await redisIsUp()).toBe(1)
  const screens = useScreens(member)
  onTestFinished(() => void screens.stop())
  const heard = new Set<string>()
  const leaving = new AbortController()
  const watching = member.watch((id) => heard.add(id), leaving.signal).catch(() => undefined)
  await vi.waitUntil(() => screens.rounds() >= 3 && heard.size > 0, soon)

  const meanwhile = Array.from({ length: 6 }, () => signIn('grace@example.com'))
  await killRedis()
  expect(await Promise.all(meanwhile)).toEqual([200, 200, 200, 200, 200, 200])
  await untilDegraded()
  expect(await readiness()).toMatchObject({
    code: 200,
    redis: { ready: false, reason: expect.stringContaining('limits are approximate') },
  })
  expect(await redisIsUp()).toBe(0)
  const [rounds, changes] = [screens.rounds(), heard.size]
  await vi.waitUntil(() => screens.rounds() >= rounds + 5 && heard.size > changes, soon)
  expect(await signIn('grace@example.com')).toBe(200)
  expect(await signUp('ada@example.com')).toBe(201)
  expect(await post('password-reset-requests', { email: 'grace@example.com' })).toBe(202)
  expect(await post('password-resets', { token: 'of nobody', newPassword: 'another long word' })).toBe(400)
  expect(await signIn('grace@example.com', 'not the password')).toBe(401)

  await bringBackRedis()
  await untilReady()
  expect(await redisIsUp()).toBe(1)
  expect(await signIn('ada@example.com')).toBe(200)
  const { wrong, slowestMs } = await screens.stop()
  leaving.abort()
  await watching
  expect(wrong).toEqual([])
  expect(slowestMs).toBeLessThan(5_000)
  expect(server.child.exitCode).toBeNull()
  expect([timesSaid('the cache on Redis is away'), timesSaid('the cache on Redis is back')]).toEqual([1, 1])
})

test('guesses are counted on while Redis is away, and by Redis again as soon as it is back', {
  timeout,
}, async () => {
  const email = 'guessed@example.com'
  await signUp(email)
  await signUp('bystander@example.com')
  const guess = async (times: number) => {
    const statuses = []
    for (let time = 0; time < times; time++) statuses.push(await signIn(email, 'one more guess'))
    return new Set(statuses)
  }
  expect(await guess(15)).toEqual(new Set([401]))
  await killRedis()
  await untilDegraded()
  // Twenty a minute, those before the outage included.
  expect(await guess(5)).toEqual(new Set([401]))
  expect(await guess(1)).toEqual(new Set([429]))
  expect(await signIn(email)).toBe(429)
  expect(await signIn('bystander@example.com')).toBe(200)

  await bringBackRedis()
  await untilReady()
  const client = new Redis(`redis://${redis.host}`)
  onTestFinished(() => client.disconnect())
  const counted = () => client.hget(`heliograph:throttle:account:${encodeURIComponent(email)}`, 'tries')
  // Redis has forgotten all windows; each begins anew with the first try.
  expect(await counted()).toBeNull()
  expect(await signIn(email)).toBe(200)
  expect(await counted()).toBe('1')
  expect(await guess(19)).toEqual(new Set([401]))
  expect(await signIn(email)).toBe(429)
})

test('a server that starts while Redis is away serves at once, and takes Redis up when it is there', {
  timeout,
}, async () => {
  await server.stop()
  await killRedis()
  server = await start()
  expect(await readiness()).toMatchObject({ code: 200, status: 'degraded', redis: { ready: false } })
  const member = await joinAt(server.url)
  expect((await member.here('POST', '/content', { text: 'first' })).status).toBe(201)
  await bringBackRedis()
  await untilReady()
  expect((await member.here('GET', '/content')).body.items).toHaveLength(1)
})
