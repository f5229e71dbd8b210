import type pg from 'pg'
import type { Log } from '../log.ts'
import { type Repetition, repeat } from './repeat.ts'

/** Any number that only the presence of workers uses, as the first half of an advisory lock's key. */
const presenceLocks = 484_105
const reconnectDelayMs = 500

export interface Presence {
  end(): Promise<void>
}

/**
 * Says that a worker lives, by a lock on a connection of its own: the database takes it back at the moment when
 * the process is gone, however it ended. A lost connection is replaced.
 */
export function announceWorker(pool: pg.Pool, workerId: string, log: Log): Presence {
  let ended = false
  let holder: pg.PoolClient | undefined
  let retry: NodeJS.Timeout | undefined

  const hold = async () => {
    try {
      const client = await pool.connect()
      const lose = () => {
        if (holder !== client) return
        holder = undefined
        client.release(true)
        if (!ended) retry = setTimeout(() => void hold(), reconnectDelayMs)
      }
      holder = client
      client.once('error', lose).once('end', lose)
      if (ended) return lose()
      await client.query('select pg_advisory_lock($1, hashtext($2))', [presenceLocks, workerId])
    } catch (error) {
      if (ended) return
      log.warn({ err: error }, 'a worker could not say that it lives; it is tried again')
      holder?.release(true)
      holder = undefined
      retry = setTimeout(() => void hold(), reconnectDelayMs)
    }
  }
  const held = hold()
  return {
    async end() {
      ended = true
      clearTimeout(retry)
      await held
      // Closing the connection is what gives the lock back.
      const client = holder
      holder = undefined
      client?.release(true)
    },
  }
}

/**
 * Gives back the jobs of workers that are gone, which the queue itself would keep locked for hours. A worker that
 * has just begun, or whose connection is being replaced, has `lostAfterMs` to say that it lives.
 */
export function freeLostJobs(pool: pg.Pool, lostAfterMs: number, log: Log): Repetition {
  const run = async () => {
    const { rows } = await pool.query<{ ids: string[] | null }>(
      `with holders as (
         select locked_by as id from graphile_worker._private_jobs
           where locked_at < now() - $2 * interval '1 millisecond'
         union
         select locked_by from graphile_worker._private_job_queues
           where locked_at < now() - $2 * interval '1 millisecond'
       ), lost as materialized (
         select id from holders where pg_try_advisory_xact_lock($1, hashtext(id))
       ), freed as materialized (
         select array_agg(id) as ids from lost
       )
       select ids, graphile_worker.force_unlock_workers(ids) from freed where ids is not null`,
      [presenceLocks, lostAfterMs],
    )
    if (rows[0]?.ids) log.warn({ workers: rows[0].ids }, 'jobs of workers that are gone were taken back')
  }
  return repeat({ name: 'free lost jobs', everyMs: lostAfterMs, log, run })
}
