/** Rules that watch the numbers, the alerts that they raised, and reports with their schedules. */
import { dayMs, hourMs } from './calendar.ts'
import { type Item, row } from './items.ts'
import type { Plan } from './plan.ts'
import type { Random } from './random.ts'

const rules = [
  {
    name: 'Likes fall',
    type: 'change',
    metric: 'likes',
    condition: 'less_than',
    threshold: -30,
    severity: 'warning',
  },
  {
    name: 'A post takes off',
    type: 'anomaly',
    metric: 'shares',
    condition: 'greater_than',
    threshold: 3,
    severity: 'info',
  },
  {
    name: 'Nobody answers',
    type: 'threshold',
    metric: 'comments',
    condition: 'less_than',
    threshold: 1,
    severity: 'critical',
  },
]
const reports = [
  {
    name: 'Monday overview',
    type: 'performance',
    metrics: ['likes', 'comments', 'shares'],
    cron: '0 8 * * 1',
  },
  { name: 'Month by network', type: 'comparison', metrics: ['views', 'reach'], cron: '30 7 1 * *' },
]

export function* tellWatching(plan: Plan): Generator<Item> {
  const random = plan.random.fork('watching')
  for (const rule of rules) yield* tellRule(random, plan, rule)
  for (const report of reports) yield* tellReport(random, plan, report)
}

function* tellRule(random: Random, plan: Plan, rule: (typeof rules)[number]): Generator<Item> {
  const id = random.uuid(plan.createdMs)
  const { untilMs, fromMs } = plan.calendar
  const times = Array.from({ length: random.whole(2, 7) }, () =>
    random.between(fromMs, untilMs - hourMs),
  ).sort((one, other) => one - other)
  const last = times.at(-1)
  yield row('analytics.alert_rules', {
    workspace_id: plan.id,
    id,
    name: rule.name,
    description: `Looks at ${rule.metric} of all accounts.`,
    alert_type: rule.type,
    metric: rule.metric,
    condition: rule.condition,
    threshold_value: rule.threshold,
    evaluation_window_minutes: 60,
    severity: rule.severity,
    notification_channels: ['in_app'],
    notification_recipients: [],
    last_evaluated_at: new Date(untilMs - 5 * 60_000),
    last_triggered_at: last === undefined ? null : new Date(last),
    trigger_count: times.length,
    created_by: plan.owner.id,
    created_at: new Date(plan.createdMs),
    updated_at: new Date(plan.createdMs),
  })
  for (const atMs of times) {
    const isOpen = atMs === last && random.chance(0.5)
    const isAcknowledged = !isOpen && random.chance(0.3)
    yield row('analytics.alert_notifications', {
      workspace_id: plan.id,
      id: random.uuid(atMs),
      alert_rule_id: id,
      triggered_at: new Date(atMs),
      status: isOpen ? 'active' : isAcknowledged ? 'acknowledged' : 'resolved',
      severity: rule.severity,
      current_value: Number((rule.threshold * random.between(1.05, 1.8)).toFixed(2)),
      threshold_value: rule.threshold,
      alert_message: `${rule.name}: ${rule.metric} went past ${rule.threshold}.`,
      notifications_sent: [{ channel: 'in_app', at: new Date(atMs).toISOString(), ok: true }],
      notification_status: 'sent',
      acknowledged_by: isAcknowledged ? plan.owner.id : null,
      acknowledged_at: isAcknowledged ? new Date(atMs + hourMs) : null,
      resolved_at: isOpen || isAcknowledged ? null : new Date(atMs + 5 * hourMs),
      notes: isAcknowledged ? 'The holiday. Nothing to do.' : null,
      updated_at: new Date(atMs + hourMs),
    })
  }
}

function* tellReport(random: Random, plan: Plan, report: (typeof reports)[number]): Generator<Item> {
  const id = random.uuid(plan.createdMs)
  const scheduleId = random.uuid(plan.createdMs)
  const { untilMs, fromMs } = plan.calendar
  const made = {
    created_by: plan.owner.id,
    created_at: new Date(plan.createdMs),
    updated_at: new Date(plan.createdMs),
  }
  yield row('custom_reports', {
    workspace_id: plan.id,
    id,
    name: report.name,
    description: 'For everybody who does not look every day.',
    report_type: report.type,
    query_config: { metrics: report.metrics, by: 'platform' },
    metrics: report.metrics,
    dimensions: ['platform'],
    ...made,
  })
  const stepMs = report.cron.endsWith('* * 1') ? 7 * dayMs : 30 * dayMs
  const runs = Math.floor((untilMs - fromMs) / stepMs)
  yield row('report_schedules', {
    workspace_id: plan.id,
    id: scheduleId,
    custom_report_id: id,
    cron_expression: report.cron,
    time_zone: plan.zone,
    delivery_method: 'download',
    recipients: [],
    format: 'pdf',
    // Nothing is ever due in a generated workspace.
    is_active: false,
    last_run_at: runs ? new Date(untilMs - stepMs / 2) : null,
    ...made,
  })
  for (let number = 0; number < runs; number++) {
    const atMs = untilMs - stepMs * (number + 0.5)
    const hasFailed = random.chance(0.06)
    yield row('report_executions', {
      workspace_id: plan.id,
      id: random.uuid(atMs),
      custom_report_id: id,
      report_schedule_id: scheduleId,
      status: hasFailed ? 'failed' : 'completed',
      format: 'pdf',
      output_url: null,
      duration_ms: random.whole(700, 9_000),
      error_message: hasFailed ? 'Analytics were away.' : null,
      created_at: new Date(atMs),
      started_at: new Date(atMs + 200),
      completed_at: new Date(atMs + 9_500),
    })
  }
}
