import pg from 'pg'
import { z } from 'zod'
import { readJson } from '../cache/encoding.ts'
import { createSubscribers } from '../cache/subscribers.ts'
import { withinLimit } from '../cache/time-limit.ts'
import type { Log } from '../log.ts'
import { type Login, loginUrl } from '../postgres/pool.ts'

const Change = z.object({
  workspaceId: z.uuid(),
  type: z.enum(['content', 'publication', 'account', 'numbers', 'member']),
  id: z.uuid(),
})
export type Change = z.infer<typeof Change>

export interface ChangeSubscriber {
  onChange(change: Change): void
  /** Changes may have been missed: whoever knows something by them reads it anew. */
  onResume(): void
}

/**
 * What changed, as it is committed, on whichever server. While the database is away nothing is kept for later;
 * once the feed listens again, every subscriber is told so.
 */
export interface ChangeFeed {
  /** Returns what ends the subscription. */
  subscribe(workspaceId: string, subscriber: ChangeSubscriber): () => void
  stop(): Promise<void>
}

export interface ChangeFeedLimits {
  readonly reconnectDelayMs: number
  readonly heartbeatEveryMs: number
  /** A connection that takes longer to answer is given up. */
  readonly answerWithinMs: number
}

/** A break makes every open screen read everything anew, so a database that is merely slow is no break. */
const usualLimits: ChangeFeedLimits = {
  reconnectDelayMs: 500,
  heartbeatEveryMs: 5_000,
  answerWithinMs: 5_000,
}

/**
 * Listens on one connection of its own and hands every change to the subscribers of its workspace. A heartbeat
 * finds a connection that neither answers nor ends.
 */
export function createChangeFeed(login: Login, log: Log, limits = usualLimits): ChangeFeed {
  const subscribers = createSubscribers(log, () => undefined)
  let client: pg.Client | undefined
  let listening = false
  let beating = false
  let retry: NodeJS.Timeout | undefined
  let stopped = false

  const deliver = (payload: string) => {
    const change = readJson(payload, Change)
    if (!change) return log.error({ payload }, 'a change notice could not be read')
    subscribers.deliver(change.workspaceId, payload)
  }
  const lose = (lost: pg.Client, reason: unknown) => {
    if (client !== lost) return
    client = undefined
    listening = false
    // Whether the lost connection says goodbye in order no longer matters.
    lost.end().catch(() => undefined)
    if (stopped) return
    log.warn({ err: reason instanceof Error ? reason.message : reason }, 'the change feed is away')
    retry = setTimeout(() => void connect(), limits.reconnectDelayMs)
  }
  const connect = async () => {
    const connecting = new pg.Client({
      connectionString: loginUrl(login),
      application_name: 'heliograph changes',
      connectionTimeoutMillis: limits.answerWithinMs,
      keepAlive: true,
    })
    client = connecting
    connecting.on('error', (error) => lose(connecting, error))
    connecting.on('end', () => lose(connecting, 'the connection has ended'))
    connecting.on('notification', ({ payload }) => {
      if (client === connecting && payload) deliver(payload)
    })
    try {
      await connecting.connect()
      await withinLimit(connecting.query('listen heliograph_changes'), limits.answerWithinMs)
      if (client !== connecting) return
      listening = true
      subscribers.resume()
    } catch (error) {
      lose(connecting, error)
    }
  }
  const beat = async (asked: pg.Client) => {
    beating = true
    try {
      await withinLimit(asked.query('select 1'), limits.answerWithinMs)
    } catch (error) {
      lose(asked, error)
    } finally {
      beating = false
    }
  }

  void connect()
  const heartbeat = setInterval(() => {
    if (client && listening && !beating) void beat(client)
  }, limits.heartbeatEveryMs)
  heartbeat.unref()

  return {
    subscribe: (workspaceId, { onChange, onResume }) =>
      subscribers.add(workspaceId, Change, { onMessage: onChange, onResume }),
    async stop() {
      stopped = true
      clearTimeout(retry)
      clearInterval(heartbeat)
      const last = client
      client = undefined
      await withinLimit(Promise.resolve(last?.end())).catch((error: unknown) =>
        log.warn({ err: error }, 'the connection of the change feed did not end in order'),
      )
    },
  }
}
