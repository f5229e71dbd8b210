import { EventEmitter } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { Logger, parseCronItems, type Runner, run, type WorkerEvents } from 'graphile-worker'
import { sql } from 'kysely'
import type pg from 'pg'
import type { z } from 'zod'
import type { Log } from '../log.ts'
import type { Tx } from '../postgres/doors.ts'
import { announceWorker, freeLostJobs, type Presence } from './presence.ts'

/** One kind of background work, as whoever enqueues it knows it. */
export interface JobType<Payload> {
  readonly name: string
  readonly payload: z.ZodType<Payload>
}

/** A kind of work with its body, ready to be run on whatever the queue holds. */
export interface Job {
  readonly name: string
  run(payload: unknown, signal: AbortSignal): Promise<void>
}

/** Gives a kind of work its body: one use-case call, on a payload that has been parsed. */
export function defineJob<Payload>(
  type: JobType<Payload>,
  body: (payload: Payload, signal: AbortSignal) => Promise<void>,
): Job {
  return { name: type.name, run: (payload, signal) => body(type.payload.parse(payload), signal) }
}

/** A job without payload that runs by the clock; at most one waits or runs at a time. */
export interface Schedule {
  readonly job: string
  /** Five cron fields, in UTC. */
  readonly cron: string
  /** As in `EnqueueOptions`. */
  readonly queue?: string
  /**
   * A turn that was missed while no worker ran, up to so long ago, is made up for at the start: once, however many
   * were missed. Without it a missed turn is left out.
   */
  readonly catchUpMs?: number
}

export interface EnqueueOptions {
  readonly runAt?: Date
  /** A job of the same key that has not started yet is replaced. */
  readonly key?: string
  /** Jobs of one queue run one after another. */
  readonly queue?: string
}

/** Adds a job in the caller's transaction: it exists if and only if the transaction commits. */
export async function enqueueJob<Payload>(
  tx: Tx,
  job: JobType<Payload>,
  payload: Payload,
  options: EnqueueOptions = {},
): Promise<void> {
  await sql`select app.enqueue_job(${job.name}, ${JSON.stringify(job.payload.parse(payload))}::jsonb,
    ${options.runAt ?? null}::timestamptz, ${options.key ?? null}::text, ${options.queue ?? null}::text)`.execute(
    tx,
  )
}

export interface JobRunner {
  /** Lets running jobs finish for a moment, then aborts them. */
  stop(): Promise<void>
}

export type JobObserver = (job: string, durationMs: number, ok: boolean) => void

const lostAfterMs = 10_000
/** Longer than jobs get to finish (`gracefulShutdownAbortTimeout`), and well within a process's time to stop. */
const longestStopMs = 2_500

/** Runs jobs until stopped, those of workers that are gone too. A failed job is logged and tried again, later each time. */
export async function runJobs(options: {
  pool: pg.Pool
  jobs: readonly Job[]
  schedules: readonly Schedule[]
  concurrency: number
  log: Log
  observe: JobObserver
  /** How long a worker's jobs may be locked before it must have said that it lives. */
  lostAfterMs?: number
}): Promise<JobRunner> {
  const { log, pool } = options
  const presences: Presence[] = []
  const events: WorkerEvents = new EventEmitter()
  events.on('pool:create', ({ workerPool }) => presences.push(announceWorker(pool, workerPool.id, log)))
  const taskList = Object.fromEntries(options.jobs.map((job) => [job.name, toTask(job, options.observe)]))
  const runner: Runner = await run({
    pgPool: pool,
    events,
    taskList,
    parsedCronItems: parseCronItems(
      options.schedules.map(({ job, cron, queue, catchUpMs = 0 }) => ({
        task: job,
        match: cron,
        options: { jobKey: job, backfillPeriod: catchUpMs, ...(queue ? { queueName: queue } : {}) },
      })),
    ),
    concurrency: options.concurrency,
    noHandleSignals: true,
    preset: { worker: { pollInterval: 1_000, gracefulShutdownAbortTimeout: 1_500 } },
    logger: new Logger(() => (level, message, meta) => {
      if (level === 'error') log.error({ queue: meta }, message)
      else if (level === 'warning') log.warn(message)
      else log.debug(message)
    }),
  })
  const freeing = freeLostJobs(pool, options.lostAfterMs ?? lostAfterMs, log)
  return {
    async stop() {
      await freeing.stop()
      // After an outage the queue's own attempts pause for seconds, and its stop would wait for their end. Whatever
      // still runs then is taken back from this worker as from one that is gone.
      const stopped = runner.stop().then(() => true)
      if (!(await Promise.race([stopped, delay(longestStopMs, false, { ref: false })]))) {
        stopped.catch((error: unknown) => log.warn({ err: error }, 'the queue did not end in order'))
        log.warn('the queue took too long to end and is left behind')
      }
      for (const presence of presences) await presence.end()
    },
  }
}

function toTask(job: Job, observe: JobObserver) {
  return async (payload: unknown, helpers: { abortSignal?: AbortSignal }) => {
    const startedAt = performance.now()
    let ok = false
    try {
      await job.run(payload, helpers.abortSignal ?? new AbortController().signal)
      ok = true
    } finally {
      observe(job.name, performance.now() - startedAt, ok)
    }
  }
}
