import type { Redis } from 'ioredis'
import type { Outage } from './outage.ts'
import type { Subscribers } from './subscribers.ts'
import { heartbeatEveryMs, withinLimit } from './time-limit.ts'

export interface RedisChannelsOptions {
  /** A connection of its own: one that has subscribed may do nothing else on older servers. */
  readonly redis: Redis
  readonly prefix: string
  readonly outage: Outage
  readonly subscribers: Subscribers
  onServing(): void
}

export interface RedisChannels {
  /** Resolves once messages of the channel arrive; at once while Redis is away. */
  open(channel: string): Promise<void>
  close(channel: string): void
  isServing(): boolean
  stop(): void
}

/** Subscribes anew after each connect. A heartbeat finds a connection that neither answers nor ends. */
export function createRedisChannels(options: RedisChannelsOptions): RedisChannels {
  const { redis, prefix, outage, subscribers } = options
  let serving = false
  let served = false
  let stopped = false

  const attempt = async (work: () => Promise<unknown>) => {
    try {
      await withinLimit(work())
    } catch (error) {
      // The first failure ends the connection for all that wait on it.
      if (stopped || !serving) return
      serving = false
      outage.begin(error)
      // Reconnects, and with that subscribes to everything again.
      redis.disconnect(true)
    }
  }

  redis.on('error', (error) => {
    if (!stopped) outage.begin(error)
  })
  redis.on('close', () => {
    serving = false
    if (!stopped) outage.begin('the connection has ended')
  })
  redis.on('message', (channel, text) => {
    if (channel.startsWith(prefix)) subscribers.deliver(channel.slice(prefix.length), text)
  })
  redis.on('ready', () =>
    attempt(async () => {
      const channels = subscribers.channels().map((channel) => prefix + channel)
      // What is subscribed to from here on follows on the same connection.
      serving = true
      if (channels.length > 0) await redis.subscribe(...channels)
      if (served) subscribers.resume()
      served = true
      options.onServing()
    }),
  )
  const heartbeat = setInterval(() => {
    if (serving) void attempt(() => redis.ping())
  }, heartbeatEveryMs)
  heartbeat.unref()

  return {
    async open(channel) {
      if (serving) await attempt(() => redis.subscribe(prefix + channel))
    },
    close(channel) {
      if (serving) void attempt(() => redis.unsubscribe(prefix + channel))
    },
    isServing: () => serving,
    stop() {
      stopped = true
      serving = false
      clearInterval(heartbeat)
      redis.disconnect()
    },
  }
}
