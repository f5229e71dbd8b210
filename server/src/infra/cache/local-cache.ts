import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { z } from 'zod'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Login } from '../postgres/pool.ts'
import type { Cache, Counts, CountsKey, LimitKey, ValueKey } from './cache.ts'
import { mostValueBytes, readJson, requireCounts, toJson, toMessage } from './encoding.ts'
import { createLimitWindows } from './limit-windows.ts'
import { type NoticeHeader, readNotice, writeNotice } from './notices.ts'
import { createOwedDrops } from './owed-drops.ts'
import { createPostgresLine } from './postgres-line.ts'
import { createRecentValues } from './recent-values.ts'
import { createSubscribers } from './subscribers.ts'

const channel = 'heliograph_cache'
const defaultMaxEntries = 10_000
const maxBytes = 64_000_000
const noticesPerStatement = 200

const CountsRow = z.object({ counts: z.record(z.string(), z.number()), expires_in_ms: z.number() })
const FoundRow = z.object({ counts: z.record(z.string(), z.number()).nullable() })
const notifyAll = `select pg_notify('${channel}', payload) from unnest($1::text[]) payload`

export interface LocalCacheOptions {
  /** The application's login. The cache takes one connection, which must be a session of its own: it listens. */
  readonly login: Login
  readonly log: Log
  readonly clock: Clock
  readonly maxEntries?: number
}

/**
 * The cache without Redis. Values lie in this process, each server its own, least recently used out first, and
 * their lifetimes follow `clock`; a change is told to the other servers through a PostgreSQL notification, and
 * they drop their copy (a value set here is undefined there until it is set there, too). A server that has
 * lost its listener forgets all values and keeps none until it listens again: it could not know which are
 * stale. Hanging connections are found by a heartbeat, so that a value is stale for two seconds at worst.
 *
 * Counters and limits are exact: they are rows of an unlogged table, by the database's clock. Calls that would
 * wait for more than about a second behind others go without it, as if it were away. Messages travel as
 * notifications, in the order of their commits, the same for every subscriber of every server.
 */
export function createLocalCache(options: LocalCacheOptions): Cache {
  const { log, clock, maxEntries = defaultMaxEntries } = options
  const self = randomUUID()
  const recent = createRecentValues({ clock, maxEntries, maxBytes })
  const windows = createLimitWindows()
  const owed = createOwedDrops()
  const subscribers = createSubscribers(log, () => undefined)
  let noticesWritten = 0
  let served = false

  const write = (kind: NoticeHeader['kind'], name: string, body = '') => {
    noticesWritten += 1
    return writeNotice({ kind, name, body, from: self, number: noticesWritten })
  }
  const line = createPostgresLine({
    login: options.login,
    role: 'cache_service',
    channel,
    probe: `select app.find_cache_counts('')`,
    log,
    onNotice(payload) {
      const notice = readNotice(payload)
      if (notice === undefined) return log.error({ payload }, 'a notice of the cache could not be read')
      if (notice.kind === 'message') return subscribers.deliver(notice.name, notice.body)
      if (notice.from === self) return
      if (notice.kind === 'drop') recent.drop(notice.name)
      else recent.clear()
    },
    onLost: () => recent.clear(),
    onServing() {
      if (served) subscribers.resume()
      served = true
      void settle()
    },
  })
  const send = createSender((payloads) => line.queryAlways(notifyAll, [payloads]))

  const dropElsewhere = async (name: string) => {
    if (!line.isServing() || !(await send(write('drop', name)))) owed.add(name)
  }
  const settle = () =>
    owed
      .settle(async (names) => {
        const payloads = names === 'all' ? [write('drop_all', '')] : names.map((name) => write('drop', name))
        const sent = await Promise.all(payloads.map(send))
        if (sent.includes(false)) throw new Error('the connection was lost before all was told')
      })
      // Whatever could not be told stays owed and is told after the next connect.
      .catch((error: unknown) => log.debug({ err: error }, 'the cache still owes notices'))
  const forget = async ({ name }: ValueKey) => {
    recent.drop(name)
    await dropElsewhere(name)
  }
  const add = async (key: CountsKey | LimitKey, added: Counts, fromFirst: boolean) => {
    const result = await line.query(
      'select counts, expires_in_ms from app.add_cache_counts($1, $2, $3, $4)',
      [key.name, JSON.stringify(added), key.lifetimeMs, fromFirst],
    )
    return result && CountsRow.parse(result.rows[0])
  }
  const findCounts = async ({ name }: CountsKey) => {
    const result = await line.query('select app.find_cache_counts($1) as counts', [name])
    return result && (FoundRow.parse(result.rows[0]).counts ?? undefined)
  }

  return {
    async get(key, schema) {
      const text = line.isServing() ? recent.find(key.name) : undefined
      return text === undefined ? undefined : readJson(text, schema)
    },
    async set(key, value) {
      const text = toJson(value)
      if (!line.isServing() || Buffer.byteLength(text) > mostValueBytes) return forget(key)
      recent.put(key.name, text, key.lifetimeMs)
      await dropElsewhere(key.name)
    },
    delete: forget,
    async addCounts(key, added) {
      requireCounts(added)
      if (Object.keys(added).length === 0) return findCounts(key)
      return (await add(key, added, false))?.counts
    },
    findCounts,
    async takeTry(key, most) {
      const counted = await add(key, { tries: 1 }, true)
      if (counted === undefined) return windows.takeTry(key, most)
      const used = counted.counts.tries ?? 0
      const tries = { allowed: used <= most, used, resetsInMs: Math.ceil(counted.expires_in_ms), exact: true }
      windows.note(key, tries)
      return tries
    },
    async publish(to, message) {
      await send(write('message', to.name, toMessage(to.name, message)))
    },
    async subscribe(to, schema, subscriber) {
      return subscribers.add(to.name, schema, subscriber)
    },
    isServing: line.isServing,
    stop: line.stop,
  }
}

/**
 * Sends notices in the order in which they are given. What comes while a statement is under way goes together
 * in the next: PostgreSQL lets one notifying transaction commit at a time. Resolves to whether it was sent.
 */
function createSender(notify: (payloads: string[]) => Promise<pg.QueryResult | undefined>) {
  let outgoing: { payload: string; sent: PromiseWithResolvers<boolean> }[] = []
  let sending = false
  const flush = async () => {
    sending = true
    while (outgoing.length > 0) {
      const batch = outgoing.slice(0, noticesPerStatement)
      outgoing = outgoing.slice(noticesPerStatement)
      const result = await notify(batch.map(({ payload }) => payload))
      for (const { sent } of batch) sent.resolve(result !== undefined)
    }
    sending = false
  }
  return (payload: string): Promise<boolean> => {
    const sent = Promise.withResolvers<boolean>()
    outgoing.push({ payload, sent })
    if (!sending) void flush()
    return sent.promise
  }
}
