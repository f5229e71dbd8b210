/**
 * Ingestion: reads what posts do on their networks and keeps it as cumulative snapshots.
 *
 * Owns published_posts, post_snapshots, sync_logs and the carrying of the outbox. Invariants: a snapshot is
 * never changed; what a network did not tell is absent; ClickHouse has every snapshot exactly once, in the end.
 */
import type { Module } from '../services.ts'
import { jobs, schedules } from './jobs.ts'
import { routes } from './routes.ts'

export { nextSyncAt } from './polling.ts'

export const ingestion: Module = { routes, jobs, schedules }
