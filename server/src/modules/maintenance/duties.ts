import { archiveExpiredPartitions, archiveOldRows } from './archive-partitions.ts'
import { computeDeltas } from './compute-deltas.ts'
import type { Duty } from './duty.ts'
import {
  cleanUp,
  cleanUpReports,
  fillCohorts,
  makePartitionsAhead,
  measureTables,
  recordAudience,
  refreshMaterializedViews,
  review,
} from './keep-order.ts'
import { sumDays, sumHours } from './sum-periods.ts'

/** All duties, in the order in which the page shows them. A name never changes: its history hangs on it. */
export const duties: readonly Duty[] = [
  {
    name: 'sum_hours',
    title: 'Sum the hour',
    purpose: 'Adds up activity and agent runs of every hour that is over.',
    rhythm: { every: 'hour', minute: 4 },
    queue: 'maintenance',
    run: sumHours,
  },
  {
    name: 'compute_deltas',
    title: 'Compute changes by hour and day',
    purpose: 'Computes what each post gained by hour and by day, wherever new numbers have come in.',
    rhythm: { every: 'hour', minute: 9 },
    queue: 'maintenance',
    run: (services, signal) =>
      computeDeltas(services, signal, { duty: 'compute_deltas', periods: ['hourly', 'daily'] }),
  },
  {
    name: 'refresh_materialized_views',
    title: 'Refresh the views',
    purpose:
      'Computes the summaries that screens read: active users, top agents, performance by day and week.',
    rhythm: { every: 'hour', minute: 14 },
    queue: 'maintenance',
    run: refreshMaterializedViews,
  },
  {
    name: 'ensure_partitions',
    title: 'Make partitions ahead',
    purpose: 'Makes the monthly partitions of the coming months, so that new rows always have their place.',
    rhythm: { every: 'day', hour: 3, minute: 17 },
    queue: 'maintenance',
    run: makePartitionsAhead,
  },
  {
    name: 'compute_long_deltas',
    title: 'Compute changes by week, month and quarter',
    purpose: 'Computes what each post gained by week, month and quarter, wherever new numbers have come in.',
    rhythm: { every: 'day', hour: 3, minute: 24 },
    queue: 'maintenance',
    run: (services, signal) =>
      computeDeltas(services, signal, {
        duty: 'compute_long_deltas',
        periods: ['weekly', 'monthly', 'quarterly'],
      }),
  },
  {
    name: 'clean_up_old_data',
    title: 'Delete short-lived data',
    purpose: 'Deletes hourly metrics after 30 days and the record of refreshes after 90. Daily metrics stay.',
    rhythm: { every: 'day', hour: 3, minute: 31 },
    queue: 'maintenance',
    run: cleanUp,
  },
  {
    name: 'archive_alert_notifications',
    title: 'Archive old alerts',
    purpose: 'Moves alerts that have been over for 90 days to the archive. An active one stays.',
    rhythm: { every: 'day', hour: 3, minute: 38 },
    queue: 'archiving',
    run: (services, signal) => archiveOldRows(services, 'analytics.alert_notifications', signal),
  },
  {
    name: 'archive_expired_partitions',
    title: 'Archive what has had its time',
    purpose:
      'Moves months of raw activity (after 90 days), webhooks (6 months), snapshots (1 year) and the audit log (2 years) to the archive. A month is dropped only after its archive was read back.',
    rhythm: { every: 'day', hour: 3, minute: 45 },
    queue: 'archiving',
    run: archiveExpiredPartitions,
  },
  {
    name: 'sum_days',
    title: 'Sum the day',
    purpose: 'Adds up activity, people and agent runs of every day, once it is over in every time zone.',
    rhythm: { every: 'day', hour: 12, minute: 24 },
    queue: 'maintenance',
    run: sumDays,
  },
  {
    name: 'record_audience_growth',
    title: 'Keep the followers of the day',
    purpose:
      'Keeps the last count of followers of each account as that of its day, with the change before it.',
    rhythm: { every: 'day', hour: 12, minute: 29 },
    queue: 'maintenance',
    run: recordAudience,
  },
  {
    name: 'fill_user_cohorts',
    title: 'Follow the cohorts',
    purpose: 'Counts how many of those who joined together came back.',
    rhythm: { every: 'day', hour: 12, minute: 34 },
    queue: 'maintenance',
    run: fillCohorts,
  },
  {
    name: 'clean_up_report_executions',
    title: 'Delete old report executions',
    purpose: 'Deletes the record of reports that were made, or failed, more than 90 days ago.',
    rhythm: { every: 'week', weekday: 0, hour: 4, minute: 17 },
    queue: 'maintenance',
    run: cleanUpReports,
  },
  {
    name: 'analyze_partitioned_tables',
    title: 'Measure the partitioned tables',
    purpose: 'Renews the statistics by which the database plans queries over all months together.',
    rhythm: { every: 'week', weekday: 0, hour: 4, minute: 27 },
    queue: 'maintenance',
    run: measureTables,
  },
  {
    name: 'archive_engagement_by_time',
    title: 'Archive old engagement by hour',
    purpose: 'Moves engagement by hour that is older than a year to the archive.',
    rhythm: { every: 'month', day: 1, hour: 4, minute: 47 },
    queue: 'archiving',
    run: (services, signal) => archiveOldRows(services, 'analytics.engagement_by_time', signal),
  },
  {
    name: 'review_performance',
    title: 'Review the performance',
    purpose:
      'Looks for tables full of dead rows, indexes that nothing uses, and views that are slow to refresh.',
    rhythm: { every: 'month', day: 1, hour: 4, minute: 57 },
    queue: 'maintenance',
    run: review,
  },
]
