import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type RunningRedis, startRedis } from '../../../test/redis.ts'
import { createLog } from '../log.ts'
import { describeCache } from './conformance.ts'
import { type CacheHarness, cleanUp, keysOfSources, servingCache, until } from './conformance-harness.ts'
import { cacheChannels, cacheKeys } from './keys.ts'
import { createRedisCache } from './redis-cache.ts'

const silent = createLog('silent')
const Anything = z.unknown()

let directory: string
let running: RunningRedis
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'heliograph-redis-'))
  running = await startRedis(directory)
})
afterAll(async () => {
  await cleanUp()
  await running.engine.stop('SIGKILL')
  await rm(directory, { recursive: true, force: true })
})
const url = () => `redis://${running.host}`
const signal = (name: NodeJS.Signals) => {
  if (running.engine.pid !== undefined) process.kill(running.engine.pid, name)
}

const harness: CacheHarness = {
  open: (log = silent) => createRedisCache({ url: url(), log }),
  async takeAway() {
    await running.engine.stop('SIGKILL')
    return async () => {
      running = await startRedis(directory, running.port)
    }
  },
  async freeze() {
    signal('SIGSTOP')
    return async () => signal('SIGCONT')
  },
}
describeCache('the cache on Redis', () => harness)

describe('seen by another client', () => {
  let client: Redis
  beforeAll(() => {
    client = new Redis(url())
  })
  afterEach(() => client.config('SET', 'maxmemory', '0'))
  afterAll(() => client.disconnect())

  test('the keys of the sources expire after their lifetimes, to the second', async () => {
    const cache = await servingCache(harness)
    const { values, counts, limit } = keysOfSources(randomUUID())
    for (const key of values) await cache.set(key, 'value')
    await cache.addCounts(counts, { likes: 1 })
    await cache.takeTry(limit, 1)
    for (const { name, lifetimeMs } of [...values, counts, limit]) {
      const left = await client.pttl(`heliograph:${name}`)
      expect(left, name).toBeLessThanOrEqual(lifetimeMs)
      expect(left, name).toBeGreaterThan(lifetimeMs - 5_000)
    }
  })

  test('a lost connection of subscribers alone is made anew, and they are told', async () => {
    const cache = await servingCache(harness)
    const channel = cacheChannels.analyticsUpdates(randomUUID(), {})
    const got: unknown[] = []
    let resumed = 0
    await cache.subscribe(channel, Anything, {
      onMessage: (message) => got.push(message),
      onResume: () => (resumed += 1),
    })
    await client.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await until(async () => resumed > 0)
    expect(cache.isServing()).toBe(true)
    await cache.publish(channel, 'again')
    await until(async () => got.length > 0)
    expect([got, resumed]).toEqual([['again'], 1])
  })

  test('two installations on one Redis see nothing of each other', async () => {
    const mine = await servingCache(harness)
    const theirs = await servingCache({
      ...harness,
      open: () => createRedisCache({ url: url(), log: silent, prefix: 'another:' }),
    })
    const key = cacheKeys.content(randomUUID(), { content_id: randomUUID() })
    await mine.set(key, 'mine')
    expect(await theirs.get(key, Anything)).toBeUndefined()
  })

  test('a Redis without memory for more counts as away until it takes writes again', async () => {
    const cache = await servingCache(harness)
    const key = cacheKeys.content(randomUUID(), { content_id: randomUUID() })
    await cache.set(key, 'old')
    await client.config('SET', 'maxmemory', '1')
    await cache.set(key, 'new')
    expect(cache.isServing()).toBe(false)
    expect(await cache.get(key, Anything)).toBeUndefined()
    await client.config('SET', 'maxmemory', '0')
    await until(async () => cache.isServing())
    expect(await cache.get(key, Anything)).toBeUndefined()
  })

  test('where too much was given up to be named, every value goes and no counter does', async () => {
    const cache = await servingCache(harness)
    const { values, counts } = keysOfSources(randomUUID())
    for (const key of values) await cache.set(key, 'old')
    await cache.addCounts(counts, { likes: 1 })
    await client.config('SET', 'maxmemory', '1')
    await cache.set(cacheKeys.userSession({ user_id: 'x' }), 'refused')
    expect(cache.isServing()).toBe(false)
    for (let n = 0; n <= 10_000; n += 1) await cache.delete(cacheKeys.userSession({ user_id: `${n}` }))
    await client.config('SET', 'maxmemory', '0')
    await until(async () => cache.isServing())
    const kept = [...values, counts].map(({ name }) => `heliograph:${name}`)
    for (const key of values) expect(await cache.get(key, Anything)).toBeUndefined()
    await until(async () => (await client.exists(...kept)) === 1)
    expect(await cache.findCounts(counts)).toEqual({ likes: 1 })
  })
})
