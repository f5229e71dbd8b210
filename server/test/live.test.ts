import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Cast, castOf, type Person, signUp } from './cast.ts'
import { eventually } from './connected-world.ts'
import { createWorld, type World } from './world.ts'

const pingMs = 150

let world: World
let cast: Cast
let origin: string
const open = new Set<AbortController>()
beforeAll(async () => {
  world = await createWorld({ EVENTS_PING_INTERVAL_MS: String(pingMs) })
  cast = await castOf(world)
  origin = await world.app.http.listen({ host: '127.0.0.1', port: 0 })
})
afterEach(() => {
  for (const stream of open) stream.abort()
  open.clear()
})
afterAll(() => world?.stop())

interface LiveEvent {
  readonly name: string
  readonly content: { readonly type?: string; readonly id?: string }
  readonly atMs: number
}

interface Stream {
  readonly status: number
  readonly events: LiveEvent[]
  changes(): LiveEvent[]
  ended(): boolean
}

async function listen(person: Person, workspaceId = cast.workspaceId): Promise<Stream> {
  const aborter = new AbortController()
  open.add(aborter)
  const response = await fetch(`${origin}/api/v1/workspaces/${workspaceId}/events`, {
    headers: { cookie: person.cookie, accept: 'text/event-stream' },
    signal: aborter.signal,
  })
  const events: LiveEvent[] = []
  let ended = false
  if (response.status === 200) {
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    read(response, events).then(
      () => (ended = true),
      () => (ended = true),
    )
    await eventually(
      async () => events.length,
      (count) => count > 0,
    )
  }
  const changes = () => events.filter(({ name }) => name === 'change')
  return { status: response.status, events, changes, ended: () => ended }
}

async function read(response: Response, events: LiveEvent[]): Promise<void> {
  let rest = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const [, name = '', content = '{}'] = /^event: (.+)\ndata: (.+)$/.exec(block) ?? []
      events.push({ name, content: JSON.parse(content), atMs: performance.now() })
    }
  }
}

async function write(person: Person = cast.bob, workspaceId = cast.workspaceId): Promise<string> {
  const { status, body } = await person.request('POST', `/api/v1/workspaces/${workspaceId}/content`, {
    text: 'Something new',
    accountIds: [],
  })
  expect(status).toBe(201)
  return body.id
}

const hears = (stream: Stream, id: string, withinMs = 3_000) =>
  eventually(
    async () => stream.changes().find(({ content }) => content.id === id),
    (event) => event !== undefined,
    withinMs,
  )

test('a viewer hears of a change within a second of its commit, by its id and nothing more', async () => {
  const stream = await listen(cast.vera)
  const id = await write()
  const committedAtMs = performance.now()
  const event = await hears(stream, id)
  expect(Number(event?.atMs) - committedAtMs).toBeLessThan(1_000)
  expect(event?.content).toEqual({ type: 'content', id })
})

test('a change that is rolled back is never told', async () => {
  const stream = await listen(cast.vera)
  const { doors } = world.app.services
  const undone = doors.withActor({ userId: cast.bob.userId }, cast.workspaceId, async (tx) => {
    await tx
      .insertInto('content')
      .values({ workspace_id: cast.workspaceId, text: 'x', created_by: cast.bob.userId })
      .execute()
    throw new Error('undone')
  })
  await expect(undone).rejects.toThrow('undone')
  const id = await write()
  await hears(stream, id)
  expect(stream.changes().map(({ content }) => content.id)).toEqual([id])
})

test('strangers get 404 and nobody 401, also before anything is sent', async () => {
  expect((await listen(cast.charlie)).status).toBe(404)
  expect((await listen(cast.nobody)).status).toBe(401)
  expect((await listen(cast.vera, cast.otherWorkspaceId)).status).toBe(404)
})

test('what happens in another workspace is not heard', async () => {
  const [ours, theirs] = [await listen(cast.vera), await listen(cast.charlie, cast.otherWorkspaceId)]
  const foreignId = await write(cast.charlie, cast.otherWorkspaceId)
  const ownId = await write()
  await hears(theirs, foreignId)
  await hears(ours, ownId)
  expect(ours.changes().map(({ content }) => content.id)).toEqual([ownId])
  expect(theirs.changes().map(({ content }) => content.id)).toEqual([foreignId])
})

test('a member who is removed hears nothing more, and the stream ends', async () => {
  const eve = await signUp(world, 'Eve')
  await world.query(`insert into workspace_members (workspace_id, user_id, role) values ($1, $2, 'editor')`, [
    cast.workspaceId,
    eve.userId,
  ])
  const stream = await listen(eve)
  const removed = await cast.alice.request(
    'DELETE',
    `/api/v1/workspaces/${cast.workspaceId}/members/${eve.userId}`,
  )
  expect(removed.status).toBe(204)
  await eventually(
    async () => stream.ended(),
    (ended) => ended,
    3_000,
  )
  const id = await write()
  const vera = await listen(cast.vera)
  await hears(vera, await write())
  expect(stream.changes().map(({ content }) => content.id)).not.toContain(id)
  expect((await listen(eve)).status).toBe(404)
})

test('a session that ends elsewhere ends its streams with the next ping', async () => {
  const mallory = await signUp(world, 'Mallory')
  await world.query(`insert into workspace_members (workspace_id, user_id, role) values ($1, $2, 'viewer')`, [
    cast.workspaceId,
    mallory.userId,
  ])
  const stream = await listen(mallory)
  const pings = () => stream.events.filter(({ name }) => name === 'ping').length
  const before = pings()
  await eventually(
    async () => pings(),
    (count) => count > before + 1,
    3_000,
  )
  await mallory.request('POST', '/api/v1/auth/sign-out')
  await eventually(
    async () => stream.ended(),
    (ended) => ended,
    3_000,
  )
})

test('after a break of the feed an open stream goes on, and says first that all is to be read anew', async () => {
  const stream = await listen(cast.vera)
  const cut = await world.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name = 'heliograph changes'`,
  )
  expect(cut).toHaveLength(1)
  await hears(stream, cast.workspaceId, 10_000)
  expect(stream.changes()[0]?.content).toEqual({ type: 'workspace', id: cast.workspaceId })
  await eventually(
    async () => {
      const id = await write()
      await delay(100)
      return stream.changes().some(({ content }) => content.id === id)
    },
    (heard) => heard,
    10_000,
  )
  expect(stream.ended()).toBe(false)
})
