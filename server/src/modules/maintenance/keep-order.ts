/** Duties that are one call of the database each. */
import type { Services } from '../services.ts'
import { counted, type Outcome } from './duty.ts'
import { withPatience } from './queries.ts'
import { deleteOldRows } from './queries-archive.ts'
import {
  analyzePartitionedTables,
  cleanUpOldData,
  ensurePartitions,
  fillUserCohorts,
  recordAudienceGrowth,
  refreshViews,
  reviewPerformance,
} from './queries-derived.ts'

/** One view that fails holds back no other; the run fails all the same, and says which. */
export async function refreshMaterializedViews({ doors }: Services): Promise<Outcome> {
  const refreshed = await withPatience(doors, refreshViews)
  const failed = refreshed.filter(({ error_message }) => error_message !== null)
  if (failed.length) {
    const words = failed.map(({ view_name, error_message }) => `${view_name}: ${error_message}`)
    throw new Error(
      `${failed.length} of ${refreshed.length} views could not be refreshed. ${words.join('; ')}`,
    )
  }
  return {
    summary: `Refreshed ${counted(refreshed.length, 'view')}.`,
    details: refreshed.map(({ view_name, duration_ms }) => `${view_name}: ${duration_ms} ms.`),
  }
}

const monthsAhead = 3

export async function makePartitionsAhead({ doors, clock }: Services): Promise<Outcome> {
  await withPatience(doors, (tx) => ensurePartitions(tx, clock.now(), monthsAhead))
  return { summary: `Every partitioned table has its partitions for the next ${monthsAhead} months.` }
}

export async function cleanUp({ doors }: Services): Promise<Outcome> {
  const tables = await withPatience(doors, cleanUpOldData)
  const rows = tables.reduce((sum, { deleted }) => sum + deleted, 0)
  return {
    summary: `Deleted ${counted(rows, 'row')}.`,
    details: tables.map(({ table_name, deleted }) => `${table_name}: ${counted(deleted, 'row')}.`),
  }
}

export async function cleanUpReports({ doors }: Services): Promise<Outcome> {
  const deleted = await withPatience(doors, (tx) => deleteOldRows(tx, 'public.report_executions'))
  return { summary: `Deleted ${counted(deleted, 'report execution')}.` }
}

export async function fillCohorts({ doors, clock }: Services): Promise<Outcome> {
  const cohorts = await withPatience(doors, (tx) => fillUserCohorts(tx, clock.now()))
  return { summary: `Wrote ${counted(cohorts, 'cohort')}.` }
}

export async function recordAudience({ doors }: Services): Promise<Outcome> {
  const rows = await withPatience(doors, recordAudienceGrowth)
  return { summary: `Wrote ${counted(rows, 'day')} of accounts.` }
}

export async function measureTables({ doors }: Services): Promise<Outcome> {
  const tables = await withPatience(doors, analyzePartitionedTables)
  return { summary: `Measured ${counted(tables, 'partitioned table')}.` }
}

/** What is large is for information; everything else is a finding that somebody should look at. */
export async function review({ doors }: Services): Promise<Outcome> {
  const found = await withPatience(doors, reviewPerformance)
  const findings = found.filter(({ kind }) => kind !== 'largest')
  return {
    summary: findings.length
      ? `Found ${counted(findings.length, 'thing')} to look at.`
      : 'Found nothing amiss.',
    details: [...findings, ...found.filter(({ kind }) => kind === 'largest')].map(({ finding }) => finding),
  }
}
