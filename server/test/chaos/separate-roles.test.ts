/** Engines, API and worker apart, each a process of its own; and analytics that arrive after everything else. */
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, request as forward } from 'node:http'
import { createClient } from '@clickhouse/client'
import { afterEach, expect, inject, onTestFinished, test, vi } from 'vitest'
import { type Answer, closeServers, serve } from '../../src/connectors/bluesky/scripted-server.ts'
import { freePort, startServer } from '../running-server.ts'
import { listInstanceProcesses, type RunningCommand, runCommand } from './command.ts'
import { joinAt, type Member } from './member.ts'

const timeout = 120_000
const soon = { timeout: 30_000, interval: 20 }
afterEach(closeServers)

async function makeDirectory(): Promise<string> {
  const directory = await mkdtemp('/tmp/heliograph-roles-')
  onTestFinished(async () => {
    await vi.waitUntil(() => listInstanceProcesses(directory).length === 0, soon)
    await rm(directory, { recursive: true, force: true })
  })
  return directory
}

const postmasterOf = async (dataDirectory: string) =>
  Number.parseInt(await readFile(`${dataDirectory}/postgres/postmaster.pid`, 'utf8'), 10)

async function writes(member: Member): Promise<boolean> {
  const reply = await member.here('POST', '/content', { text: 'again' }).catch(() => undefined)
  return reply?.status === 201
}

async function end({ child, ended }: RunningCommand): Promise<void> {
  child.kill('SIGTERM')
  await ended
}

test('engines, api and worker apart: what the api enqueues is worked off by the worker alone', {
  timeout,
}, async () => {
  const dataDirectory = await makeDirectory()
  const port = await freePort()
  const url = `http://localhost:${port}`
  const environment = {
    PORT: String(port),
    HELIOGRAPH_DATA: dataDirectory,
    OUTBOUND_ALLOW_NETWORKS: '127.0.0.0/8,::1/128',
  }
  const launch = async (command: string, sign: string) => {
    const running = runCommand(command, environment)
    onTestFinished(() => end(running))
    await vi.waitUntil(() => running.child.exitCode !== null || running.stdout().includes(sign), soon)
    expect({ code: running.child.exitCode, stderr: running.stderr() }).toEqual({ code: null, stderr: '' })
    return running
  }
  await launch('engines', 'engines are running')
  const api = await launch('api', 'heliograph is ready')
  expect((await fetch(url)).headers.get('content-type')).toContain('text/html')
  expect((await fetch(`${url}/readyz`)).status).toBe(200)

  let profile: Answer = { status: 500 }
  const did = 'did:plc:chaos'
  const pds = await serve({
    'com.atproto.server.createSession': {
      status: 200,
      body: { did, handle: 'chaos.test', accessJwt: 'a.b.c', refreshJwt: 'd.e.f', active: true },
    },
    'app.bsky.actor.getProfile': () => profile,
  })
  const member = await joinAt(url)
  const account = { platform: 'bluesky', handle: 'chaos.test', appPassword: 'abcd', serviceUrl: pds }
  const connected = await member.here('POST', '/accounts', account)
  expect(connected).toMatchObject({ status: 201, body: { followersCount: null } })
  profile = {
    status: 200,
    body: { did, handle: 'chaos.test', followersCount: 41, followsCount: 2, postsCount: 3 },
  }
  const asked = await member.here('POST', `/accounts/${connected.body.id}/sync`)
  expect(asked.status).toBe(202)
  const metricsOf = async () => (await fetch(`${url}/metrics`)).text()
  // Nobody works: the api process has no worker.
  expect(await metricsOf()).not.toMatch(/^heliograph_job_seconds_count/m)

  const worker = await launch('worker', 'heliograph is ready')
  await vi.waitUntil(async () => {
    const { body } = await member.here('GET', '/accounts')
    return body.items[0].followersCount === 41
  }, soon)
  expect(await metricsOf()).not.toMatch(/^heliograph_job_seconds_count/m)

  for (const running of [worker, api]) {
    running.child.kill('SIGTERM')
    expect(await running.ended).toEqual({ code: 0, signal: null })
  }
})

/** ClickHouse's HTTP interface at a place of our choosing, with the running engine's own login. */
async function offerClickHouse(port: number): Promise<void> {
  const engine = new URL(inject('clickhouseUrl'))
  const login = `${decodeURIComponent(engine.username)}:${decodeURIComponent(engine.password)}`
  const authorization = `Basic ${Buffer.from(login).toString('base64')}`
  const server = createServer((incoming, outgoing) => {
    const { method, url: path, headers } = incoming
    const options = { host: engine.hostname, port: engine.port, method, path }
    incoming.pipe(
      forward({ ...options, headers: { ...headers, authorization } }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      }),
    )
  })
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
}

test('analytics that are absent at the start are migrated by themselves when they arrive', {
  timeout,
}, async () => {
  const dataDirectory = await makeDirectory()
  const port = await freePort()
  const database = `late_${port}`
  const client = createClient({ url: inject('clickhouseUrl') })
  await client.command({ query: `CREATE DATABASE ${database}` })
  onTestFinished(async () => {
    await client.command({ query: `DROP DATABASE ${database}` })
    await client.close()
  })
  const server = await startServer(dataDirectory, {
    CLICKHOUSE_URL: `http://somebody:something@127.0.0.1:${port}/${database}`,
  })
  onTestFinished(() => server.stop())
  const readiness = async () => (await fetch(`${server.url}/readyz`)).json()
  expect(await readiness()).toMatchObject({
    status: 'degraded',
    checks: [
      { name: 'postgres', ready: true },
      { name: 'clickhouse', ready: false },
    ],
  })
  const member = await joinAt(server.url)
  expect((await member.here('POST', '/content', { text: 'without numbers' })).status).toBe(201)

  // The wait for analytics survives a database that dies meanwhile.
  process.kill(await postmasterOf(dataDirectory), 'SIGKILL')
  await vi.waitUntil(() => writes(member), soon)
  expect((await readiness()).status).toBe('degraded')

  await offerClickHouse(port)
  await vi.waitUntil(async () => (await readiness()).status === 'ready', soon)
  const tables = await client.query({ query: `SHOW TABLES FROM ${database}`, format: 'TabSeparated' })
  expect(await tables.text()).toContain('performance_metrics')
  expect(server.child.exitCode).toBeNull()
})

test('analytics that swallow every question hold up neither other servers, nor recovery, nor a stop', {
  timeout,
}, async () => {
  const dataDirectory = await makeDirectory()
  const silent = createServer(() => undefined).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  onTestFinished(() => {
    silent.closeAllConnections()
    silent.close()
  })
  const address = silent.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const server = await startServer(dataDirectory, { CLICKHOUSE_URL: `http://127.0.0.1:${port}` })
  onTestFinished(() => server.stop())
  const member = await joinAt(server.url)
  const api = runCommand('api', { PORT: String(await freePort()), HELIOGRAPH_DATA: dataDirectory })
  onTestFinished(() => end(api))
  await vi.waitUntil(() => api.stdout().includes('heliograph is ready'), { ...soon, timeout: 15_000 })

  // The lock of the migration that waits is lost with its connection.
  process.kill(await postmasterOf(dataDirectory), 'SIGKILL')
  await vi.waitUntil(() => writes(member), soon)
  expect([server.child.exitCode, api.child.exitCode]).toEqual([null, null])

  const startedAt = performance.now()
  server.child.kill('SIGTERM')
  await once(server.child, 'exit')
  expect(performance.now() - startedAt).toBeLessThan(5_000)
  expect(server.child.exitCode).toBe(0)
})
