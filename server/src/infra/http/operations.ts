import type { Metrics } from '../metrics.ts'
import type { HttpServer } from './server.ts'

/** One thing that must work; throws or rejects with the reason when it does not. */
export interface ReadinessCheck {
  readonly name: string
  /** Without it the server still serves, but something is missing. */
  readonly required: boolean
  check(): Promise<void>
}

const checkTimeoutMs = 3_000

/** `/healthz`: the process lives. `/readyz`: what is not ready, by name. `/metrics`: for Prometheus. */
export function routeOperations(app: HttpServer, metrics: Metrics, checks: readonly ReadinessCheck[]): void {
  app.get('/healthz', { schema: { hide: true } }, () => ({ status: 'ok' }))

  const runChecks = async () => {
    const results = await Promise.all(checks.map(runCheck))
    for (const { name, ready } of results) metrics.engineUp.set({ engine: name }, ready ? 1 : 0)
    return results
  }

  app.get('/readyz', { schema: { hide: true } }, async (_request, reply) => {
    const results = await runChecks()
    const missing = results.filter(({ ready, required }) => !ready && required)
    const degraded = results.some(({ ready }) => !ready)
    const status = missing.length ? 'not ready' : degraded ? 'degraded' : 'ready'
    return reply.code(missing.length ? 503 : 200).send({ status, checks: results })
  })

  app.get('/metrics', { schema: { hide: true } }, async (_request, reply) => {
    await runChecks()
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics())
  })

  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown'
    metrics.observeRequest(route, request.method, reply.statusCode, reply.elapsedTime / 1_000)
  })
}

async function runCheck({ name, required, check }: ReadinessCheck) {
  const timeout = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error(`no answer within ${checkTimeoutMs} ms`)), checkTimeoutMs).unref()
  })
  try {
    await Promise.race([check(), timeout])
    return { name, required, ready: true }
  } catch (error) {
    return { name, required, ready: false, reason: error instanceof Error ? error.message : String(error) }
  }
}
