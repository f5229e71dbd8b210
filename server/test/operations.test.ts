/** What whoever runs the product relies on: health, measurements, problems, the API's description, the web app. */
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import type { InjectOptions } from 'fastify'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import { createApp } from '../src/app.ts'
import { enqueueJob } from '../src/infra/jobs/queue.ts'
import { createLog } from '../src/infra/log.ts'
import { openBrowser } from './end-to-end/browser.ts'
import { parseMetrics } from './prometheus-text.ts'
import { freePort } from './running-server.ts'
import { createWorld, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world?.stop())

type Sent = InjectOptions | string
const ask = (options: Sent) => world.app.http.inject(options)
const problemShape = z.strictObject({
  type: z.string().startsWith('urn:heliograph:problem:'),
  title: z.string().min(1),
  status: z.int(),
  detail: z.string().min(1),
  code: z.string().regex(/^[a-z_]+$/),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
})

test('/healthz says that the process lives, and /readyz that every engine does', async () => {
  expect((await ask('/healthz')).json()).toEqual({ status: 'ok' })
  const ready = await ask('/readyz')
  expect(ready.statusCode).toBe(200)
  expect(ready.json()).toEqual({
    status: 'ready',
    checks: [
      { name: 'postgres', required: true, ready: true },
      { name: 'clickhouse', required: false, ready: true },
    ],
  })
})

test('requests share twenty connections: whoever comes while all are taken waits and is served', async () => {
  const held = Promise.withResolvers<void>()
  let waiting = 60
  const busy = Array.from({ length: waiting }, () =>
    world.app.services.doors.withDispatch(async () => {
      waiting -= 1
      await held.promise
      return 'served'
    }),
  )
  const count = async () => {
    const [row] = await world.query<{ connections: number }>(
      `select count(*)::int as connections from pg_stat_activity
        where application_name = 'heliograph requests' and datname = current_database()`,
    )
    return row?.connections
  }
  await vi.waitUntil(() => waiting === 40, { timeout: 5_000, interval: 5 })
  expect(await count()).toBe(20)
  held.resolve()
  expect(new Set(await Promise.all(busy))).toEqual(new Set(['served']))
  expect(await count()).toBeLessThanOrEqual(20)
})

test('/readyz is 503 and names PostgreSQL while it is away; /healthz and /metrics answer all the same', async () => {
  const owner = { url: `postgres://nobody:secret-word@127.0.0.1:${await freePort()}/nothing` }
  const { config, keyring, clickhouseUrl } = world
  const engines = { owner, keyring, clickhouseUrl }
  const app = await createApp({ config, engines, dataDirectory: tmpdir(), log: createLog('silent') })
  onTestFinished(() => app.stop())
  const answer = await app.http.inject('/readyz')
  expect(answer.statusCode).toBe(503)
  expect(answer.json()).toMatchObject({
    status: 'not ready',
    checks: [
      { name: 'postgres', ready: false, reason: expect.stringMatching(/ECONNREFUSED/) },
      { name: 'clickhouse', ready: true },
    ],
  })
  expect(answer.body).not.toContain('secret-word')
  expect((await app.http.inject('/healthz')).statusCode).toBe(200)
  const { samples } = parseMetrics((await app.http.inject('/metrics')).body)
  expect(samples.get('heliograph_engine_up{engine="postgres"}')).toBe(0)
  expect(samples.get('heliograph_engine_up{engine="clickhouse"}')).toBe(1)
})

test('/metrics is Prometheus text with requests by route, jobs by name, and which engine is up', async () => {
  await world.app.startWorker()
  await world.app.services.doors.withDispatch((tx) =>
    enqueueJob(tx, { name: 'ensure_partitions', payload: z.unknown() }, {}),
  )
  await ask('/api/v1/workspaces/0198f000-0000-7000-8000-000000000000/content')
  await ask('/api/v1/there-is-nothing-here/of-this-name')
  const read = async () => {
    const answer = await ask('/metrics')
    expect(answer.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/)
    return parseMetrics(answer.body)
  }
  const job = 'heliograph_job_seconds_count{job="ensure_partitions",result="ok"}'
  await vi.waitUntil(async () => (await read()).samples.get(job), { timeout: 10_000 })
  const { samples, types } = await read()
  const route = '/api/v1/workspaces/:workspaceId/content'
  expect(
    samples.get(`heliograph_http_request_seconds_count{route="${route}",method="GET",status="401"}`),
  ).toBe(1)
  expect(types.get('heliograph_http_request_seconds')).toBe('histogram')
  expect(types.get('heliograph_job_seconds')).toBe('histogram')
  for (const engine of ['postgres', 'clickhouse']) {
    expect(samples.get(`heliograph_engine_up{engine="${engine}"}`)).toBe(1)
  }
  // Addresses and ids never become labels: each would be a series of its own for ever.
  expect([...samples.keys()].join('\n')).not.toMatch(/there-is-nothing-here|0198f000/)
})

const signIn = '/api/v1/auth/sign-in'
const json = { 'content-type': 'application/json' }
const unusable: readonly [what: string, status: number, code: string, request: Sent][] = [
  ['an unknown address', 404, 'not_found', { url: '/api/v1/nothing' }],
  ['the bare API', 404, 'not_found', { url: '/api' }],
  ['an unknown address with a body', 404, 'not_found', { method: 'POST', url: '/api/v2/x', payload: {} }],
  ['another method', 404, 'not_found', { method: 'DELETE', url: signIn }],
  [
    'broken JSON',
    400,
    'malformed_json',
    { method: 'POST', url: signIn, headers: json, payload: '{"email":' },
  ],
  ['an empty JSON body', 400, 'malformed_json', { method: 'POST', url: signIn, headers: json, payload: '' }],
  [
    'another content type',
    415,
    'unsupported_media_type',
    { method: 'POST', url: signIn, headers: { 'content-type': 'text/xml' }, payload: '<a/>' },
  ],
  [
    'a body too large',
    413,
    'body_too_large',
    { method: 'POST', url: signIn, headers: json, payload: JSON.stringify({ email: 'x'.repeat(1_100_000) }) },
  ],
  ['no body', 422, 'invalid_input', { method: 'POST', url: signIn }],
  ['a wrong shape', 422, 'invalid_input', { method: 'POST', url: signIn, payload: { email: 4 } }],
  ['a list in place of an object', 422, 'invalid_input', { method: 'POST', url: signIn, payload: [] }],
  [
    'a page of another origin',
    403,
    'forbidden',
    { method: 'POST', url: signIn, headers: { origin: 'https://evil.example' }, payload: {} },
  ],
]
test.each(unusable)('%s is a problem: %i %s', async (_what, status, code, request) => {
  const answer = await ask(request)
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
  expect(problemShape.parse(answer.json())).toMatchObject({ status, code })
  expect(answer.statusCode).toBe(status)
  expect(answer.body).not.toMatch(/FST_|node_modules|\bat .*:\d+:\d+/)
})

const Description = z.object({
  openapi: z.string().startsWith('3.1.'),
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        summary: z.string().optional(),
        tags: z.array(z.string()).optional(),
        responses: z.record(z.string(), z.object({ content: z.record(z.string(), z.unknown()).optional() })),
      }),
    ),
  ),
})
const readDescription = async () => Description.parse((await ask('/api/v1/openapi.json')).json())

test('the API describes itself in valid OpenAPI 3.1', async () => {
  const { body } = await ask('/api/v1/openapi.json')
  const config = await createConfig({
    rules: {
      struct: 'error',
      'no-unresolved-refs': 'error',
      'no-identical-paths': 'error',
      'path-parameters-defined': 'error',
      'path-declaration-must-exist': 'error',
      'path-not-include-query': 'error',
      'operation-parameters-unique': 'error',
      'no-enum-type-mismatch': 'error',
    },
  })
  const lint = (source: string) => lintFromString({ source, absoluteRef: 'openapi.json', config })
  const told = (await lint(body)).map(({ message, location }) => `${location[0]?.pointer}: ${message}`)
  expect(told).toEqual([])
  // The validator is one: it sees a reference to nothing and a response that is none.
  expect(
    await lint(body.replaceAll('#/components/schemas/Problem', '#/components/schemas/Gone')),
  ).not.toEqual([])
  expect(await lint(body.replaceAll('"responses":', '"answers":'))).not.toEqual([])
})

test('every route is described: a summary, a tag, and the problems it answers with', async () => {
  const { paths } = await readDescription()
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, route]) => ({ name: `${method} ${path}`, route })),
  )
  expect(routes.length).toBeGreaterThan(25)
  const namesWhere = (lacks: (route: (typeof routes)[number]['route']) => boolean) =>
    routes.filter(({ route }) => lacks(route)).map(({ name }) => name)
  expect(namesWhere(({ summary }) => !summary)).toEqual([])
  expect(namesWhere(({ tags }) => tags?.length !== 1)).toEqual([])
  const isProblem = (content: object | undefined) =>
    JSON.stringify(content ?? {}).includes('"#/components/schemas/Problem"')
  const lacksProblems = namesWhere(
    ({ responses }) =>
      !Object.entries(responses).some(([status, { content }]) => /^4/.test(status) && isProblem(content)),
  )
  expect(lacksProblems).toEqual([])
  // What is declared for a status of 4xx or 5xx is a problem and nothing else.
  expect(
    namesWhere(({ responses }) =>
      Object.entries(responses).some(([status, { content }]) => /^[45]/.test(status) && !isProblem(content)),
    ),
  ).toEqual([])
})

test('/api/docs is readable in a browser that reaches nothing but this server', async () => {
  const url = await world.app.http.listen({ host: '127.0.0.1', port: 0 })
  const browser = await openBrowser()
  onTestFinished(() => browser.close())
  const page = await browser.newPage()
  const faults: string[] = []
  const elsewhere: string[] = []
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('requestfailed', (request) => faults.push(`${request.url()} failed`))
  await page.route('**/*', (route) => {
    const address = route.request().url()
    if (/^(data|blob):/.test(address) || new URL(address).origin === url) return route.continue()
    elsewhere.push(address)
    return route.abort()
  })
  await page.goto(`${url}/api/docs`)
  await page.getByText('Write a draft', { exact: true }).waitFor()
  await page.getByText('Sign in', { exact: true }).first().waitFor()
  expect({ elsewhere, faults }).toEqual({ elsewhere: [], faults: [] })
})

const assets = await readdir(fileURLToPath(new URL('../../web/dist/assets', import.meta.url)))
const script = assets.find((name) => name.endsWith('.js'))

test.each([
  '/',
  '/sign-in',
  '/api/v1/openapi.json',
  '/api/v1/nothing',
  '/api/docs',
  `/assets/${script}`,
  '/readyz',
])('%s carries the security headers', async (url) => {
  const { headers } = await ask(url)
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'strict-origin-when-cross-origin',
  })
  const policy = String(headers['content-security-policy'])
  for (const part of [
    "default-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ]) {
    expect(policy).toContain(part)
  }
  expect(policy).not.toMatch(/script-src[^;]*unsafe|default-src[^;]*unsafe/)
})

test('answers of the API are kept by nobody on the way', async () => {
  for (const url of ['/api/v1/auth/session', '/api/v1/nothing']) {
    expect((await ask(url)).headers['cache-control']).toBe('no-store')
  }
})

test.each(['/', '/sign-in', '/w/some-workspace/calendar?from=2026-11-01', '/apiary', '/index.html'])(
  'the web app answers at %s, and the browser asks for it anew each time',
  async (url) => {
    const answer = await ask(url)
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['content-type']).toMatch(/^text\/html/)
    expect(answer.headers['cache-control']).toBe('no-cache')
    expect(answer.body).toContain('<div id="root">')
  },
)

test.each(['/api', '/api/', '/api/v1', '/api/v1/nothing', '/api?x', '/assets/gone-0a1b2c3d.js', '/assets/'])(
  'the web app never answers at %s',
  async (url) => {
    const answer = await ask(url)
    expect(answer.statusCode).toBe(404)
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(answer.headers['cache-control'] ?? 'no-store').toBe('no-store')
  },
)

test('assets, whose names change with their content, are kept for ever', async () => {
  const answer = await ask(`/assets/${script}`)
  expect(answer.statusCode).toBe(200)
  expect(answer.headers['content-type']).toMatch(/javascript/)
  expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable')
})
