import type { Redis } from 'ioredis'
import type { Outage } from './outage.ts'
import type { OwedDrops } from './owed-drops.ts'
import { heartbeatEveryMs, retryAfterMs, withinLimit } from './time-limit.ts'

export interface RedisLineOptions {
  readonly redis: Redis
  readonly prefix: string
  readonly outage: Outage
  readonly owed: OwedDrops
  onServing(): void
}

/** The connection for commands, with a time limit on each and none sent while Redis is known to be away. */
export interface RedisLine {
  /** Undefined: away, failed, or late; what was asked may have happened then. */
  call<T>(command: (redis: Redis) => Promise<T>): Promise<T | undefined>
  isServing(): boolean
  stop(): void
}

export function createRedisLine(options: RedisLineOptions): RedisLine {
  const { redis, prefix, outage, owed } = options
  let serving = false
  let stopped = false
  let recovering = false
  // A failure that is told late must not end what has begun since.
  let generation = 0
  let retry: NodeJS.Timeout | undefined

  const retryLater = () => {
    clearTimeout(retry)
    if (!stopped) retry = setTimeout(() => void recover(), retryAfterMs)
  }
  const lose = (reason: unknown, of: number) => {
    if (of !== generation || stopped) return
    generation += 1
    serving = false
    outage.begin(reason)
    retryLater()
  }
  const settle = async () => {
    const of = generation
    try {
      await owed.settle((names) => dropValues(redis, prefix, names))
    } catch (error) {
      lose(error, of)
    }
  }
  /** Writes, because a replica and a server out of memory still answer a ping. */
  const recover = async () => {
    if (recovering || serving || stopped || redis.status !== 'ready') return
    recovering = true
    const of = generation
    try {
      await withinLimit(redis.set(`${prefix}probe`, '1', 'PX', 1_000))
      if (of === generation) {
        serving = true
        void settle()
        options.onServing()
      }
    } catch (error) {
      outage.begin(error)
    } finally {
      recovering = false
    }
    if (!serving) retryLater()
  }
  const call = async <T>(command: (redis: Redis) => Promise<T>): Promise<T | undefined> => {
    if (!serving) return undefined
    const of = generation
    try {
      return await withinLimit(command(redis))
    } catch (error) {
      lose(error, of)
      return undefined
    }
  }

  redis.on('error', (error) => {
    if (!stopped) outage.begin(error)
  })
  redis.on('ready', () => void recover())
  redis.on('close', () => lose('the connection has ended', generation))
  const heartbeat = setInterval(() => {
    void call((to) => to.ping())
    // What a single late command has left owed, although the connection was not lost.
    if (serving) void settle()
  }, heartbeatEveryMs)
  heartbeat.unref()

  return {
    call,
    isServing: () => serving,
    stop() {
      stopped = true
      serving = false
      clearTimeout(retry)
      clearInterval(heartbeat)
      redis.disconnect()
    },
  }
}

/** All values are strings and all counters are hashes, so that counters survive when every value is dropped. */
async function dropValues(redis: Redis, prefix: string, names: readonly string[] | 'all'): Promise<void> {
  if (names !== 'all') {
    await withinLimit(redis.unlink(...names.map((name) => prefix + name)))
    return
  }
  const pattern = `${prefix.replaceAll(/[*?[\]\\]/g, '\\$&')}*`
  let cursor = '0'
  do {
    const [next, keys] = await withinLimit(
      redis.scan(cursor, 'MATCH', pattern, 'COUNT', 1_000, 'TYPE', 'string'),
    )
    if (keys.length > 0) await withinLimit(redis.unlink(...keys))
    cursor = next
  } while (cursor !== '0')
}
