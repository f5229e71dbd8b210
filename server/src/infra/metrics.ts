import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** The process's own measurements, in Prometheus's form. */
export interface Metrics {
  readonly registry: Registry
  observeRequest(route: string, method: string, status: number, seconds: number): void
  observeJob(job: string, durationMs: number, ok: boolean): void
  readonly engineUp: Gauge<'engine'>
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
    observeRequest: (route, method, status, seconds) =>
      requests.observe({ route, method, status: String(status) }, seconds),
    observeJob(job, durationMs, ok) {
      jobs.observe({ job, result: ok ? 'ok' : 'failed' }, durationMs / 1_000)
      if (!ok) failures.inc({ job })
    },
  }
}
