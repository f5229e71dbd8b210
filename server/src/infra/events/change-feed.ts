import pg from 'pg'
import { z } from 'zod'
import type { Log } from '../log.ts'
import { type Login, loginUrl } from '../postgres/pool.ts'

const Change = z.object({
  workspaceId: z.uuid(),
  type: z.enum(['content', 'publication', 'account', 'numbers', 'member']),
  id: z.uuid(),
})
export type Change = z.infer<typeof Change>
export type ChangeListener = (change: Change) => void

/** What changed, as it is committed, on whichever server. Lossy while the database is away: readers ask anew. */
export interface ChangeFeed {
  /** Returns what ends the subscription. */
  subscribe(workspaceId: string, listener: ChangeListener): () => void
  stop(): Promise<void>
}

const reconnectDelayMs = 500

/** Listens on one connection of its own and hands every change to the subscribers of its workspace. */
export function createChangeFeed(login: Login, log: Log): ChangeFeed {
  const listeners = new Map<string, Set<ChangeListener>>()
  let client: pg.Client | undefined
  let reconnecting: NodeJS.Timeout | undefined
  let stopped = false

  const deliver = (payload: string) => {
    const parsed = Change.safeParse(JSON.parse(payload))
    if (!parsed.success) return log.error({ payload }, 'a change notice could not be read')
    for (const listener of listeners.get(parsed.data.workspaceId) ?? []) listener(parsed.data)
  }

  const connect = async () => {
    const connecting = new pg.Client({
      connectionString: loginUrl(login),
      application_name: 'heliograph changes',
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    })
    client = connecting
    const retry = () => {
      if (stopped || client !== connecting) return
      client = undefined
      reconnecting = setTimeout(() => void connect(), reconnectDelayMs)
    }
    connecting.on('error', (err) => log.warn({ err: err.message }, 'change feed lost its connection'))
    connecting.on('end', retry)
    connecting.on('notification', ({ payload }) => payload && deliver(payload))
    try {
      await connecting.connect()
      await connecting.query('listen heliograph_changes')
    } catch (error) {
      log.warn({ err: error instanceof Error ? error.message : error }, 'change feed could not connect')
      retry()
    }
  }
  void connect()

  return {
    subscribe(workspaceId, listener) {
      const own = listeners.get(workspaceId) ?? new Set()
      listeners.set(workspaceId, own.add(listener))
      return () => {
        own.delete(listener)
        if (!own.size) listeners.delete(workspaceId)
      }
    },
    async stop() {
      stopped = true
      clearTimeout(reconnecting)
      await client?.end()
    },
  }
}
