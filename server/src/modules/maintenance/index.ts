/**
 * Maintenance: the duties that keep the installation in order by the clock, and the record of what they did.
 *
 * Owns app.maintenance_duties, app.maintenance_runs and app.partition_archives, and whatever lies in the archive.
 * Invariants: a duty runs at most once at a time, however many workers there are; one that was due while no worker
 * ran is done soon after the start, and one that works by period does every period; each can be cut off at any point
 * and run again; a partition is dropped only after its archive was read back whole. Only an operator sees or starts
 * them, and being one opens no workspace.
 */
import type { Module } from '../services.ts'
import { jobs, schedules } from './jobs.ts'
import { measure } from './measure.ts'
import { routes } from './routes.ts'

export { ArchiveUnreadable, readArchiveRows } from './archive-file.ts'
export { duties } from './duties.ts'
export { type ArchiveRecord, listArchives } from './queries-archive.ts'
export { nextTurn } from './rhythm.ts'

export const maintenance: Module = { routes, jobs, schedules, measure }
