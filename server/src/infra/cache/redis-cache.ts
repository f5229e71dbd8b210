import { Redis } from 'ioredis'
import { z } from 'zod'
import type { Log } from '../log.ts'
import type { Cache, Counts, CountsKey, LimitKey, ValueKey } from './cache.ts'
import { mostValueBytes, readJson, requireCounts, toJson, toMessage } from './encoding.ts'
import { createLimitWindows } from './limit-windows.ts'
import { createOutage } from './outage.ts'
import { createOwedDrops } from './owed-drops.ts'
import { createRedisChannels } from './redis-channels.ts'
import { createRedisLine } from './redis-line.ts'
import { createSubscribers } from './subscribers.ts'
import { callLimitMs, retryAfterMs } from './time-limit.ts'

/** Adds and sets the lifetime in one step: between two commands a killed server leaves a counter for ever. */
const addScript = `
local fresh = redis.call('EXISTS', KEYS[1]) == 0
for i = 3, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) end
if fresh or ARGV[2] == 'anew' then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return { redis.call('PTTL', KEYS[1]), redis.call('HGETALL', KEYS[1]) }`
const Added = z.tuple([z.number(), z.array(z.string())])

const connection = {
  connectionName: 'heliograph cache',
  connectTimeout: 2 * callLimitMs,
  // A connection on which nothing comes back for this long is given up.
  socketTimeout: 5 * callLimitMs,
  keepAlive: 10_000,
  retryStrategy: () => retryAfterMs,
  // Nothing waits for Redis to come back, and nothing is sent twice.
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  autoResubscribe: false,
}

export interface RedisCacheOptions {
  /** `redis://` or `rediss://`, with user, password and database number where needed. Redis or Valkey >= 6. */
  readonly url: string
  readonly log: Log
  /** Leads all keys and channels, so that several installations may share one Redis. */
  readonly prefix?: string
}

/**
 * The cache on Redis. Values, counters and limits lie there alone, exact across servers, their lifetimes
 * measured by its clock. Each server has one connection for commands and one that listens; messages of one
 * server arrive in their order, those of several servers in the order in which Redis takes them.
 */
export function createRedisCache({ url, log, prefix = 'heliograph:' }: RedisCacheOptions): Cache {
  const redis = new Redis(url, connection)
  const windows = createLimitWindows()
  const owed = createOwedDrops()
  const outage = createOutage(log, 'the cache on Redis')
  const onServing = () => {
    if (line.isServing() && channels.isServing()) outage.end()
  }
  const line = createRedisLine({ redis, prefix, outage, owed, onServing })
  const subscribers = createSubscribers(log, (channel) => channels.close(channel))
  const channels = createRedisChannels({ redis: redis.duplicate(), prefix, outage, subscribers, onServing })

  const forget = async ({ name }: ValueKey) => {
    const done = await line.call((to) => to.unlink(prefix + name))
    if (done === undefined) owed.add(name)
  }
  const add = async (key: CountsKey | LimitKey, added: Counts, lifetime: 'anew' | 'from first') => {
    const reply = await line.call((to) =>
      to.eval(addScript, 1, prefix + key.name, key.lifetimeMs, lifetime, ...Object.entries(added).flat()),
    )
    if (reply === undefined) return undefined
    const [expiresInMs, flat] = Added.parse(reply)
    const pairs = flat.flatMap((name, at) => (at % 2 ? [] : [[name, Number(flat[at + 1])] as const]))
    return { expiresInMs, counts: Object.fromEntries(pairs) }
  }
  const findCounts = async ({ name }: CountsKey): Promise<Counts | undefined> => {
    const found = Object.entries((await line.call((to) => to.hgetall(prefix + name))) ?? {})
    if (found.length === 0) return undefined
    return Object.fromEntries(found.map(([counter, count]) => [counter, Number(count)]))
  }

  return {
    async get(key, schema) {
      // What lies there is what could not be overwritten or deleted during an outage.
      if (owed.has(key.name)) return undefined
      const text = await line.call((to) => to.get(prefix + key.name))
      return typeof text === 'string' ? readJson(text, schema) : undefined
    },
    async set(key, value) {
      const text = toJson(value)
      if (Buffer.byteLength(text) > mostValueBytes) return forget(key)
      const done = await line.call((to) => to.set(prefix + key.name, text, 'PX', key.lifetimeMs))
      if (done === undefined) owed.add(key.name)
    },
    delete: forget,
    async addCounts(key, added) {
      requireCounts(added)
      if (Object.keys(added).length === 0) return findCounts(key)
      return (await add(key, added, 'anew'))?.counts
    },
    findCounts,
    async takeTry(key, most) {
      const counted = await add(key, { tries: 1 }, 'from first')
      if (counted === undefined) return windows.takeTry(key, most)
      const used = counted.counts.tries ?? 0
      const tries = { allowed: used <= most, used, resetsInMs: Math.max(counted.expiresInMs, 0), exact: true }
      windows.note(key, tries)
      return tries
    },
    async publish(to, message) {
      const text = toMessage(to.name, message)
      await line.call((redis) => redis.publish(prefix + to.name, text))
    },
    async subscribe(to, schema, subscriber) {
      const end = subscribers.add(to.name, schema, subscriber)
      await channels.open(to.name)
      return end
    },
    isServing: () => line.isServing() && channels.isServing(),
    async stop() {
      line.stop()
      channels.stop()
    },
  }
}
