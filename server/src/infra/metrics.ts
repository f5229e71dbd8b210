import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** The process's own measurements, in Prometheus's form. */
export interface Metrics {
  readonly registry: Registry
  observeRequest(route: string, method: string, status: number, seconds: number): void
  observeJob(job: string, durationMs: number, ok: boolean): void
  readonly engineUp: Gauge<'engine'>
  /** Asked each time that the measurements are. Where it cannot tell, the figures are left out. */
  measureDuties(read: () => Promise<readonly DutyMeasurement[]>): void
}

/** Of a duty of maintenance; what is not known is absent. */
export interface DutyMeasurement {
  readonly duty: string
  readonly lastRunSeconds?: number
  readonly lastSuccessSeconds?: number
  readonly lastDurationSeconds?: number
  readonly lastResult?: 0 | 1
}

export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'heliograph_' })
  const requests = new Histogram({
    name: 'heliograph_http_request_seconds',
    help: 'Duration of HTTP requests.',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.3, 1, 3],
    registers: [registry],
  })
  const jobs = new Histogram({
    name: 'heliograph_job_seconds',
    help: 'Duration of background jobs.',
    labelNames: ['job', 'result'],
    buckets: [0.01, 0.05, 0.2, 1, 5, 30, 120],
    registers: [registry],
  })
  const failures = new Counter({
    name: 'heliograph_job_failures_total',
    help: 'Background jobs that threw and will be tried again.',
    labelNames: ['job'],
    registers: [registry],
  })
  const engineUp = new Gauge({
    name: 'heliograph_engine_up',
    help: '1 while the engine answers.',
    labelNames: ['engine'],
    registers: [registry],
  })
  return {
    registry,
    engineUp,
    measureDuties: (read) => addDutyGauges(registry, read),
    observeRequest: (route, method, status, seconds) =>
      requests.observe({ route, method, status: String(status) }, seconds),
    observeJob(job, durationMs, ok) {
      jobs.observe({ job, result: ok ? 'ok' : 'failed' }, durationMs / 1_000)
      if (!ok) failures.inc({ job })
    },
  }
}

const dutyGauges = [
  {
    name: 'heliograph_maintenance_last_run_timestamp_seconds',
    help: 'When a duty of maintenance last began, whatever became of it.',
    value: ({ lastRunSeconds }: DutyMeasurement) => lastRunSeconds,
  },
  {
    name: 'heliograph_maintenance_last_success_timestamp_seconds',
    help: 'When a duty of maintenance last succeeded.',
    value: ({ lastSuccessSeconds }: DutyMeasurement) => lastSuccessSeconds,
  },
  {
    name: 'heliograph_maintenance_last_duration_seconds',
    help: 'How long the last run of a duty took.',
    value: ({ lastDurationSeconds }: DutyMeasurement) => lastDurationSeconds,
  },
  {
    name: 'heliograph_maintenance_last_result',
    help: '1 if the last run of a duty succeeded, 0 if it did not.',
    value: ({ lastResult }: DutyMeasurement) => lastResult,
  },
]

/** They are collected one after another and share one reading. */
function addDutyGauges(registry: Registry, read: () => Promise<readonly DutyMeasurement[]>): void {
  let reading: Promise<readonly DutyMeasurement[]> | undefined
  // Which part is away is told by heliograph_engine_up; figures that nobody can read are not there.
  const readOnce = () => {
    reading ??= read()
      .catch(() => [])
      .finally(() => {
        reading = undefined
      })
    return reading
  }
  for (const { name, help, value } of dutyGauges) {
    new Gauge({
      name,
      help,
      labelNames: ['duty'],
      registers: [registry],
      async collect() {
        const measured = await readOnce()
        this.reset()
        for (const measurement of measured) {
          const known = value(measurement)
          if (known !== undefined) this.set({ duty: measurement.duty }, known)
        }
      },
    })
  }
}
