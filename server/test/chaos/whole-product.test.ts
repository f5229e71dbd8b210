/** The product as a person starts it, under load, and killed in every way that it may die of. */
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { freePort, type RunningServer, startServer } from '../running-server.ts'
import { type InstanceProcess, isStillThere, listInstanceProcesses, runCommand } from './command.ts'
import { joinAt, type Load, type Member, writeWithoutPause } from './member.ts'

const timeout = 120_000
const soon = { timeout: 30_000, interval: 20 }
let dataDirectory: string
let server: RunningServer

beforeAll(async () => {
  dataDirectory = await mkdtemp('/tmp/heliograph-chaos-')
  server = await startServer(dataDirectory)
}, timeout)
afterAll(async () => {
  await server?.stop()
  await vi.waitUntil(() => listInstanceProcesses(dataDirectory).length === 0, soon)
  await rm(dataDirectory, { recursive: true, force: true })
})

async function underLoad(): Promise<{ member: Member; load: Load }> {
  const member = await joinAt(server.url)
  const load = writeWithoutPause(member)
  onTestFinished(() => load.stop())
  await vi.waitUntil(() => load.acknowledged.length >= 40, soon)
  return { member, load }
}

async function expectNothingLost(member: Member, { acknowledged }: Load): Promise<void> {
  const there = await member.listContentIds()
  expect(acknowledged.filter((id) => !there.has(id))).toEqual([])
}

const readiness = async () => {
  const response = await fetch(`${server.url}/readyz`, { signal: AbortSignal.timeout(10_000) })
  const body: { status: string; checks: { name: string; ready: boolean }[] } = await response.json()
  return { code: response.status, status: body.status, away: body.checks.filter(({ ready }) => !ready) }
}
const pidIn = async (file: string) => Number.parseInt(await readFile(`${dataDirectory}/${file}`, 'utf8'), 10)

test('a server killed with -9 under load is up again with all it acknowledged, and leaves no orphan', {
  timeout,
}, async () => {
  const { member, load } = await underLoad()
  const first = listInstanceProcesses(dataDirectory)
  expect(first.length).toBeGreaterThanOrEqual(3)
  server.child.kill('SIGKILL')
  await once(server.child, 'exit')

  const startedAt = performance.now()
  server = await startServer(dataDirectory)
  expect(performance.now() - startedAt).toBeLessThan(15_000)
  await load.stop()
  expect(load.acknowledged.length).toBeGreaterThanOrEqual(40)
  await expectNothingLost(member.at(server.url), load)
  await vi.waitUntil(() => !first.some(isStillThere), soon)
})

test('PostgreSQL killed with -9 under load: answers, data and live changes all come back by themselves', {
  timeout,
}, async () => {
  const { member, load } = await underLoad()
  const heard = new Set<string>()
  const leaving = new AbortController()
  onTestFinished(() => leaving.abort())
  const watching = member.watch((id) => heard.add(id), leaving.signal)
  const streamEnded = vi.fn()
  watching.catch(streamEnded)
  await vi.waitUntil(() => heard.size > 0, soon)

  const killed = await pidIn('postgres/postmaster.pid')
  process.kill(killed, 'SIGKILL')
  await vi.waitUntil(
    async () => (await pidIn('postgres/postmaster.pid').catch(() => killed)) !== killed,
    soon,
  )
  const before = load.acknowledged.length
  await vi.waitUntil(() => load.acknowledged.length >= before + 40, soon)
  await load.stop()
  await expectNothingLost(member, load)
  await vi.waitUntil(async () => (await readiness()).status === 'ready', soon)

  // The very stream that was open all the time tells again what changes.
  expect(streamEnded).not.toHaveBeenCalled()
  await vi.waitUntil(async () => {
    const { body } = await member.here('POST', '/content', { text: 'heard?' })
    await vi.waitUntil(() => heard.has(body.id), { timeout: 1_000, interval: 10 }).catch(() => undefined)
    return heard.has(body.id)
  }, soon)
  expect(server.child.exitCode).toBeNull()
})

test('ClickHouse killed with -9 is named as away, writing goes on, and it comes back by itself', {
  timeout,
}, async () => {
  const member = await joinAt(server.url)
  const killed = new Set<number>()
  const away = await vi.waitUntil(async () => {
    // Back within a second, it has to be killed until the question falls into the gap.
    const pid = await pidIn('clickhouse/heliograph.pid')
    const engine = listInstanceProcesses(dataDirectory).find((found: InstanceProcess) => found.pid === pid)
    if (engine?.commandLine.includes('clickhouse')) process.kill(pid, 'SIGKILL')
    killed.add(pid)
    const seen = await readiness()
    return seen.status === 'degraded' && seen
  }, soon)
  expect(away).toMatchObject({ code: 200, away: [{ name: 'clickhouse' }] })
  const replies = await Promise.all(
    [1, 2, 3, 4, 5].map((n) => member.here('POST', '/content', { text: `${n}` })),
  )
  expect(replies.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201])
  await vi.waitUntil(async () => (await readiness()).status === 'ready', soon)
  expect(killed).not.toContain(await pidIn('clickhouse/heliograph.pid'))
})

test('SIGTERM under load stops everything within five seconds with exit code 0 and loses nothing', {
  timeout,
}, async () => {
  const { member, load } = await underLoad()
  const leaving = new AbortController()
  const watching = member.watch(() => undefined, leaving.signal).catch(() => undefined)
  const startedAt = performance.now()
  server.child.kill('SIGTERM')
  await once(server.child, 'exit')
  expect(performance.now() - startedAt).toBeLessThan(5_000)
  expect(server.child.exitCode).toBe(0)
  expect(listInstanceProcesses(dataDirectory)).toEqual([])
  leaving.abort()
  await watching
  await load.stop()

  server = await startServer(dataDirectory)
  await expectNothingLost(member.at(server.url), load)
})

test('Ctrl-C twice in a terminal, which every process of the group gets, is one orderly stop', {
  timeout,
}, async () => {
  await server.stop()
  const port = String(await freePort())
  const environment = { PORT: port, HELIOGRAPH_DATA: dataDirectory }
  const { child, ended, stdout, stderr } = runCommand('start', environment, { ownGroup: true })
  await vi.waitUntil(() => stdout().includes('heliograph is ready'), soon)
  const group = -Number(child.pid)
  process.kill(group, 'SIGINT')
  await vi.waitUntil(() => stdout().includes('"stopping"'), { ...soon, interval: 1 })
  process.kill(group, 'SIGINT')
  expect(await ended).toEqual({ code: 0, signal: null })
  expect(stderr()).toBe('')
  // The engines are ended by the server when nobody needs them any more, not by the terminal.
  expect(stdout()).not.toContain('engine process ended')
  expect(listInstanceProcesses(dataDirectory)).toEqual([])
  server = await startServer(dataDirectory)
})

test('a stop in the midst of a start leaves no process', { timeout }, async () => {
  await server.stop()
  const environment = { PORT: String(await freePort()), HELIOGRAPH_DATA: dataDirectory }
  const { child, ended, stderr } = runCommand('start', environment)
  await vi.waitUntil(() => listInstanceProcesses(dataDirectory).length > 1, { ...soon, interval: 1 })
  child.kill('SIGTERM')
  const { code, signal } = await ended
  expect(code === 0 || signal === 'SIGTERM').toBe(true)
  expect(stderr()).toBe('')
  await vi.waitUntil(() => listInstanceProcesses(dataDirectory).length === 0, soon)
  server = await startServer(dataDirectory)
})
