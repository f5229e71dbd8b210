import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createClient } from '@clickhouse/client'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Sums, sumsOf } from '../../../test/engine-sums.ts'
import {
  createWorldOfPeople,
  generateMore,
  triedAsSuperuser,
  type WorldOfPeople,
} from '../../../test/world-of-people.ts'
import { RemovalCutOff, removeGenerated } from './remove.ts'

let place: WorldOfPeople
let before: Sums
let full: Sums
let generatedIds: readonly string[]
beforeAll(async () => {
  place = await createWorldOfPeople()
  before = await sumsOf(place.world)
}, 120_000)
afterAll(() => place.world.stop())
/** Two generated workspaces, whichever of them a test before has left. */
beforeEach(async () => {
  const made = await generateMore(place.target, { posts: 20, days: 15 })
  if (!made.workspaces.length) return
  const marked = await place.world.query<{ id: string }>(
    'select id from workspaces where generated_at is not null',
  )
  generatedIds = marked.map(({ id }) => id)
  full = await sumsOf(place.world)
  for (const id of generatedIds) {
    expect(await rowsOf('post_snapshots', id)).toBeGreaterThan(10)
    expect(await rowsOf('audit_log', id)).toBeGreaterThan(10)
    expect(await factsOf(id)).toBeGreaterThan(10)
  }
})

/** Whatever has been cut off, the next run brings to its end. */
async function expectNextRunToFinish(): Promise<void> {
  expect(await removeGenerated(place.target)).toMatchObject({ peopleWhoStay: 0 })
  expect(await sumsOf(place.world)).toEqual(before)
}

const ofPostgres = (sums: Sums) => Object.entries(sums).filter(([name]) => name.includes('.'))

const cutOff = (run: Promise<unknown>) =>
  run.then(
    () => {
      throw new Error('nothing cut it off')
    },
    (error: unknown) => {
      if (error instanceof RemovalCutOff) return error
      throw error
    },
  )

const rowsOf = (table: string, id: string) =>
  place.world
    .query<{ count: string }>(`select count(*) from ${table} where workspace_id = $1`, [id])
    .then(([row]) => Number(row?.count))

async function factsOf(id: string): Promise<number> {
  const client = createClient({ url: place.world.clickhouseUrl })
  const answer = await client.query({
    query: 'SELECT count() AS n FROM performance_metrics WHERE workspace_id = {id: UUID}',
    query_params: { id },
    format: 'JSONEachRow',
  })
  const [row] = await answer.json<{ n: string }>()
  await client.close()
  return Number(row?.n)
}

test('with ClickHouse away nothing is touched', async () => {
  const away = { ...place.target, clickhouseUrl: 'http://127.0.0.1:1' }
  expect(await cutOff(removeGenerated(away))).toMatchObject({
    message: expect.stringContaining('ECONNREFUSED'),
    removed: { workspaces: 0 },
  })
  expect(await cutOff(removeGenerated({ ...place.target, clickhouseUrl: undefined }))).toMatchObject({
    message: 'ClickHouse is away',
  })
  expect(await sumsOf(place.world)).toEqual(full)
})

test('stopped while a statement runs, it does not wait for its end and changes nothing', async () => {
  const stop = new AbortController()
  // Somebody holds a row of the workspace: the removal would wait for as long.
  const error = await triedAsSuperuser(place.world, async (client) => {
    await client.query('select from workspaces where id = any ($1) for update', [generatedIds])
    const run = cutOff(removeGenerated(place.target, { signal: stop.signal }))
    await expect
      .poll(
        () =>
          place.world.query(
            `select from pg_stat_activity where datname = current_database()
               and application_name = 'heliograph generate' and wait_event_type = 'Lock'`,
          ),
        { timeout: 20_000 },
      )
      .toHaveLength(1)
    stop.abort()
    return run
  })
  expect(error.removed).toMatchObject({ workspaces: 0, people: 0 })
  expect(await sumsOf(place.world)).toEqual(full)
})

test('a ClickHouse that goes in the middle takes back what PostgreSQL had done', async () => {
  const server = await passOnUntil('DELETE FROM')
  const { port } = server.address() as AddressInfo
  const url = new URL(place.world.clickhouseUrl)
  url.port = String(port)
  const error = await cutOff(removeGenerated({ ...place.target, clickhouseUrl: url.href }))
  server.close()
  expect(error.removed).toMatchObject({ workspaces: 0, facts: 0 })
  expect(await sumsOf(place.world)).toEqual(full)
})

test('stopped between two workspaces, one is gone as a whole, the other is there as a whole, and the next run takes it', async () => {
  const stop = new AbortController()
  const snapshots = new Map(
    await Promise.all(generatedIds.map(async (id) => [id, await rowsOf('post_snapshots', id)] as const)),
  )
  let turns = 0
  const error = await cutOff(
    removeGenerated(place.target, {
      workspacesPerTurn: 1,
      signal: stop.signal,
      onProgress: ({ phase }) => {
        if (phase.endsWith('its rows')) turns += 1
        if (turns === 2) stop.abort()
      },
    }),
  )
  expect(error.removed).toMatchObject({ workspaces: 1, people: 8 })
  const left = await place.world.query<{ id: string }>(
    'select id from workspaces where generated_at is not null',
  )
  expect(left).toHaveLength(1)
  for (const id of generatedIds) {
    const isLeft = left.some((workspace) => workspace.id === id)
    expect(await rowsOf('post_snapshots', id)).toBe(isLeft ? snapshots.get(id) : 0)
    expect((await factsOf(id)) > 0).toBe(isLeft)
  }
  await expectNextRunToFinish()
})

/** The last, for facts may be gone by then, which only the next run knows. */
test('a connection that dies before the end leaves both in PostgreSQL and says that nothing is gone; the next run takes them', async () => {
  let died: Promise<unknown> | undefined
  const error = await cutOff(
    removeGenerated(place.target, {
      onProgress: ({ phase }) => {
        if (phase !== 'their facts') return
        died = place.world.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and application_name = 'heliograph generate'`,
        )
      },
    }),
  )
  await died
  expect(error.removed).toMatchObject({ workspaces: 0, people: 0 })
  expect(ofPostgres(await sumsOf(place.world))).toEqual(ofPostgres(full))
  await expectNextRunToFinish()
})

/** Stands before ClickHouse and hangs up as soon as a statement contains the words. */
async function passOnUntil(words: string): Promise<Server> {
  const behind = new URL(place.world.clickhouseUrl)
  const server = createServer(async (request, response) => {
    const parts: Uint8Array[] = []
    for await (const part of request) parts.push(part)
    const body = Buffer.concat(parts)
    if (body.includes(words)) {
      request.socket.destroy()
      return
    }
    const answer = await fetch(new URL(request.url ?? '/', behind.origin), {
      method: request.method ?? 'POST',
      headers: {
        authorization: request.headers.authorization ?? '',
        'content-type': request.headers['content-type'] ?? '',
      },
      body,
    })
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
    response.end(Buffer.from(await answer.arrayBuffer()))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}
