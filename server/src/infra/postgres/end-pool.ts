import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'

/** A server that does not answer must not hold up whoever stops. */
const longestEndMs = 1_000

/**
 * Returns what ends a pool that nobody has used yet, and waits until the last of its connections is closed. The pool's own
 * end only says goodbye to them: a server that is stopped right after it would cut them off, and the pool would take that
 * for a loss.
 */
export function prepareEnd(pool: pg.Pool): () => Promise<void> {
  const open = new Set<pg.PoolClient>()
  let onEmpty: () => void = () => undefined
  const empty = new Promise<void>((resolve) => {
    onEmpty = resolve
  })
  pool.on('connect', (client) => {
    open.add(client)
    client.once('end', () => {
      open.delete(client)
      if (!open.size && pool.ended) onEmpty()
    })
  })
  return async () => {
    await pool.end()
    if (open.size) await Promise.race([empty, delay(longestEndMs, undefined, { ref: false })])
  }
}
