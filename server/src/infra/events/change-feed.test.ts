import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { eventually } from '../../../test/connected-world.ts'
import { createWorld, type World } from '../../../test/world.ts'
import { appLogin } from '../../engines.ts'
import { recordingLog } from '../cache/conformance-harness.ts'
import { createLog } from '../log.ts'
import { type Change, type ChangeFeed, createChangeFeed } from './change-feed.ts'

const answerWithinMs = 400
const { log, lines } = recordingLog(createLog('silent'))

let world: World
let feed: ChangeFeed
/** The feed of the world's own server. */
let ofServer: number[]
beforeAll(async () => {
  world = await createWorld()
  ofServer = await eventually(backends, (pids) => pids.length === 1)
  const limits = { reconnectDelayMs: 300, heartbeatEveryMs: 200, answerWithinMs }
  feed = createChangeFeed(appLogin(world), log, limits)
})
beforeEach(async () => {
  lines.length = 0
  await eventually(ownBackends, (pids) => pids.length === 1)
})
afterAll(async () => {
  await feed?.stop()
  await world?.stop()
})

/** Those that listen already. */
async function backends(): Promise<number[]> {
  const rows = await world.query<{ pid: number }>(
    `select pid from pg_stat_activity where datname = current_database()
     and application_name = 'heliograph changes' and state = 'idle' and query <> ''`,
  )
  return rows.map(({ pid }) => pid)
}
const ownBackends = async () => (await backends()).filter((pid) => !ofServer.includes(pid))
const tell = (payload: string) => world.query(`select pg_notify('heliograph_changes', $1)`, [payload])
const changeIn = (workspaceId: string): Change => ({ workspaceId, type: 'content', id: randomUUID() })

function subscribe(workspaceId: string) {
  const heard: Change[] = []
  const resumes: number[] = []
  const leave = feed.subscribe(workspaceId, {
    onChange: (change) => heard.push(change),
    onResume: () => resumes.push(heard.length),
  })
  const hears = (change: Change) =>
    eventually(
      async () => heard.find(({ id }) => id === change.id),
      (found) => found !== undefined,
      5_000,
    )
  return { heard, resumes, hears, leave }
}

test.each([
  ['no JSON', 'hello'],
  ['another shape', '{"workspaceId":"x"}'],
])('a notice that is %s is logged, and the next change is told', async (_, payload) => {
  const workspaceId = randomUUID()
  const subscription = subscribe(workspaceId)
  const change = changeIn(workspaceId)
  await tell(payload)
  await tell(JSON.stringify(change))
  expect(await subscription.hears(change)).toEqual(change)
  expect(lines).toEqual(['error: a change notice could not be read'])
  subscription.leave()
})

test('a subscriber that throws keeps nobody else from a change', async () => {
  const workspaceId = randomUUID()
  const leave = feed.subscribe(workspaceId, {
    onChange() {
      throw new Error('a fault of its own')
    },
    onResume: () => undefined,
  })
  const subscription = subscribe(workspaceId)
  const change = changeIn(workspaceId)
  await tell(JSON.stringify(change))
  await subscription.hears(change)
  leave()
  subscription.leave()
})

test('whoever has left hears nothing more', async () => {
  const workspaceId = randomUUID()
  const [gone, staying] = [subscribe(workspaceId), subscribe(workspaceId)]
  gone.leave()
  const change = changeIn(workspaceId)
  await tell(JSON.stringify(change))
  await staying.hears(change)
  expect(gone.heard).toEqual([])
  staying.leave()
})

test('after a break every subscriber is told that changes may have been missed, and hears the next', async () => {
  const workspaceId = randomUUID()
  const subscriptions = [subscribe(workspaceId), subscribe(randomUUID())]
  const [ours] = subscriptions
  const missed = changeIn(workspaceId)
  // The notice is committed after the connection was cut and before the feed is allowed to connect anew.
  await world.query('select pg_terminate_backend(pid, 5000) from unnest($1::int[]) pid', [
    await ownBackends(),
  ])
  await tell(JSON.stringify(missed))
  await eventually(
    async () => subscriptions.map(({ resumes }) => resumes),
    (resumes) => resumes.every((times) => times.length === 1),
  )
  const change = changeIn(workspaceId)
  await tell(JSON.stringify(change))
  await ours?.hears(change)
  expect(ours?.heard).toEqual([change])
  for (const { leave } of subscriptions) leave()
})

test('a connection that neither answers nor ends is found by its heartbeat and replaced', async () => {
  const workspaceId = randomUUID()
  const subscription = subscribe(workspaceId)
  const frozen = await ownBackends()
  for (const pid of frozen) process.kill(pid, 'SIGSTOP')
  try {
    await eventually(
      async () => subscription.resumes,
      (resumes) => resumes.length === 1,
    )
    const change = changeIn(workspaceId)
    await tell(JSON.stringify(change))
    await subscription.hears(change)
  } finally {
    for (const pid of frozen) process.kill(pid, 'SIGCONT')
  }
  subscription.leave()
})
