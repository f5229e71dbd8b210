import pg from 'pg'
import type { Log } from '../log.ts'
import { type Login, loginUrl } from '../postgres/pool.ts'
import { createOutage } from './outage.ts'
import { callLimitMs, heartbeatEveryMs, retryAfterMs, withinLimit } from './time-limit.ts'

/** What more would wait for so long that it is better off without the cache. */
const mostWaiting = 2_000

export interface LineOptions {
  readonly login: Login
  readonly role: string
  readonly channel: string
  /** A statement that succeeds if and only if all is there that the line is used for. */
  readonly probe: string
  readonly log: Log
  onNotice(payload: string): void
  onLost(): void
  onServing(): void
}

/** One connection to PostgreSQL that listens and asks, so that both are there or away together. */
export interface PostgresLine {
  /** One statement after the other, in the order of the calls. Undefined: away, failed, or too long a queue. */
  query(text: string, values: unknown[]): Promise<pg.QueryResult | undefined>
  /** Like `query`, but never turned away because of others that wait. */
  queryAlways(text: string, values: unknown[]): Promise<pg.QueryResult | undefined>
  isServing(): boolean
  stop(): Promise<void>
}

/**
 * Connects by itself, again and again. Any failure ends the connection: after it nobody could say which
 * notices were missed. A heartbeat finds a connection that neither answers nor ends.
 */
export function createPostgresLine(options: LineOptions): PostgresLine {
  const outage = createOutage(options.log, 'the cache on PostgreSQL')
  let client: pg.Client | undefined
  let serving = false
  let stopped = false
  let waiting = 0
  let lastTurn: Promise<unknown> = Promise.resolve()
  let retry: NodeJS.Timeout | undefined

  const lose = (lost: pg.Client, reason: unknown) => {
    if (client !== lost) return
    client = undefined
    serving = false
    options.onLost()
    // Whether the lost connection says goodbye in order no longer matters.
    lost.end().catch(() => undefined)
    if (stopped) return
    outage.begin(reason)
    retry = setTimeout(() => void connect(), retryAfterMs)
  }

  const connect = async () => {
    const connecting = new pg.Client({
      connectionString: loginUrl(options.login),
      application_name: 'heliograph cache',
      connectionTimeoutMillis: 2 * callLimitMs,
      keepAlive: true,
      options: `-c role=${options.role}`,
    })
    client = connecting
    connecting.on('error', (error) => lose(connecting, error))
    connecting.on('end', () => lose(connecting, 'the connection has ended'))
    connecting.on('notification', ({ payload }) => {
      if (client === connecting && payload) options.onNotice(payload)
    })
    try {
      await connecting.connect()
      await withinLimit(connecting.query(`listen ${options.channel}`))
      await withinLimit(connecting.query(options.probe))
      if (client !== connecting) return
      serving = true
      outage.end()
      options.onServing()
    } catch (error) {
      lose(connecting, error)
    }
  }

  const inTurn = (text: string, values: unknown[], patient: boolean) => {
    const via = client
    if (via === undefined || !serving || (!patient && waiting >= mostWaiting)) return undefined
    const askedAtMs = performance.now()
    waiting += 1
    const turn = lastTurn.then(async () => {
      try {
        if (client !== via) return undefined
        if (!patient && performance.now() - askedAtMs > callLimitMs) return undefined
        return await withinLimit(via.query(text, values))
      } catch (error) {
        lose(via, error)
        return undefined
      } finally {
        waiting -= 1
      }
    })
    lastTurn = turn
    return turn
  }

  void connect()
  const heartbeat = setInterval(() => {
    if (waiting === 0) void inTurn('select 1', [], true)
  }, heartbeatEveryMs)
  heartbeat.unref()

  return {
    query: async (text, values) => inTurn(text, values, false),
    queryAlways: async (text, values) => inTurn(text, values, true),
    isServing: () => serving,
    async stop() {
      stopped = true
      serving = false
      clearTimeout(retry)
      clearInterval(heartbeat)
      const last = client
      client = undefined
      await withinLimit(Promise.resolve(last?.end())).catch((error: unknown) =>
        options.log.warn({ err: error }, 'the connection of the cache did not end in order'),
      )
    },
  }
}
