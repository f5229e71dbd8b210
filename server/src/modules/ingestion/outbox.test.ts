import { randomUUID } from 'node:crypto'
import { createClient } from '@clickhouse/client'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Cast, castOf } from '../../../test/cast.ts'
import { createWorld, type World } from '../../../test/world.ts'
import { createApp } from '../../app.ts'
import { createClickHouse } from '../../infra/clickhouse/client.ts'
import { createFactWriter } from '../../infra/clickhouse/fact-writer.ts'
import type { Services } from '../services.ts'
import { carryOutbox } from './carry-outbox.ts'
import { insertSnapshot } from './queries.ts'

const untilDone = new AbortController().signal
let world: World
let cast: Cast
let services: Services
let accountId: string
let postId: string
beforeAll(async () => {
  world = await createWorld()
  cast = await castOf(world)
  services = world.app.services
  const [row] = await world.query<{ id: string }>(
    `insert into social_accounts (workspace_id, platform, platform_account_id, username, service_url, status)
     values ($1, 'bluesky', 'did:plc:one', 'alice.test', 'http://127.0.0.1:9', 'disconnected') returning id`,
    [cast.workspaceId],
  )
  accountId = row?.id ?? ''
})
beforeEach(async () => {
  const [row] = await world.query<{ id: string }>(
    `insert into published_posts (workspace_id, social_account_id, platform, platform_post_id, permalink, text, published_at)
     values ($1, $2, 'bluesky', $3, 'https://bsky.app', 'x', now()) returning id`,
    [cast.workspaceId, accountId, `at://${randomUUID()}`],
  )
  postId = row?.id ?? ''
})
afterAll(() => world?.stop())

const snapshot = (capturedAt: string, metrics: Record<string, number>) =>
  services.doors.withWorkspace(cast.workspaceId, async (tx) => {
    const fact = { platform: 'bluesky', accountId, publishedPostId: postId, contentId: null, source: 'api' }
    const origin = await tx
      .insertInto('sync_logs')
      .values({ workspace_id: cast.workspaceId, social_account_id: accountId, sync_type: 'full' })
      .returning('id')
      .executeTakeFirstOrThrow()
    await insertSnapshot(
      tx,
      cast.workspaceId,
      { ...fact, capturedAt, metrics },
      { syncLogId: origin.id, raw: {} },
    )
  })
const waiting = () =>
  world.query<{ payload: unknown }>('select workspace_id, payload from outbox order by id')
const course = async (workspaceId = cast.workspaceId, grain: 'snapshot' | 'hour' = 'snapshot') => {
  const query = { metrics: ['likes' as const], publishedPostId: postId, grain }
  const points = await services.analytics.run(workspaceId, query)
  return points.map(({ at, value }) => [at.toISOString(), value])
}
const month = new Date().toISOString().slice(0, 7)
const at = (time: string) => `${month}-01T${time}.000Z`

test('facts are carried in full and leave the outbox', async () => {
  await snapshot(at('10:05:00'), { likes: 3 })
  await snapshot(at('10:50:00'), { likes: 7 })
  await snapshot(at('11:10:00'), { likes: 6 })
  await carryOutbox(services, untilDone)
  expect(await waiting()).toEqual([])
  expect(await course()).toEqual([
    [at('10:05:00'), 3],
    [at('10:50:00'), 7],
    [at('11:10:00'), 6],
  ])
  expect(await course(cast.workspaceId, 'hour')).toEqual([
    [at('10:00:00'), 7],
    [at('11:00:00'), 6],
  ])
})

test('killed between writing and deleting, the carrier writes again and no series changes', async () => {
  await snapshot(at('12:00:00'), { likes: 1 })
  await snapshot(at('12:30:00'), { likes: 5 })
  const rows = await waiting()
  await carryOutbox(services, untilDone)
  const before = [await course(), await course(cast.workspaceId, 'hour')]
  for (let turn = 0; turn < 3; turn++) {
    for (const { payload } of rows.toReversed()) {
      await world.query(`insert into outbox (workspace_id, topic, payload) values ($1, 'snapshot', $2)`, [
        cast.workspaceId,
        JSON.stringify(payload),
      ])
    }
    await carryOutbox(services, untilDone)
  }
  expect([await course(), await course(cast.workspaceId, 'hour')]).toEqual(before)
  expect(before[0]).toEqual([
    [at('12:00:00'), 1],
    [at('12:30:00'), 5],
  ])
})

test('two carriers at once lose nothing and count nothing twice', async () => {
  for (let minute = 10; minute < 40; minute++) await snapshot(at(`13:${minute}:00`), { likes: minute })
  await Promise.all([
    carryOutbox(services, untilDone),
    carryOutbox(services, untilDone),
    carryOutbox(services, untilDone),
  ])
  expect(await waiting()).toEqual([])
  expect((await course()).map(([, value]) => value)).toEqual(Array.from({ length: 30 }, (_, i) => i + 10))
})

test('facts that arrive late and out of order end in the same series', async () => {
  await snapshot(at('15:50:00'), { likes: 9 })
  await carryOutbox(services, untilDone)
  await snapshot(at('15:10:00'), { likes: 2 })
  await carryOutbox(services, untilDone)
  expect((await course()).map(([, value]) => value)).toEqual([2, 9])
  expect(await course(cast.workspaceId, 'hour')).toEqual([[at('15:00:00'), 9]])
})

test('while ClickHouse is away facts wait; when it is back they are carried once', async () => {
  const away = createClickHouse('http://127.0.0.1:1', { requestTimeoutMs: 1_000, log: services.log })
  await snapshot(at('16:00:00'), { likes: 4 })
  await expect(carryOutbox({ ...services, facts: createFactWriter(away) }, untilDone)).rejects.toThrow()
  await away.close()
  expect(await waiting()).toHaveLength(1)
  await carryOutbox(services, untilDone)
  expect(await waiting()).toEqual([])
  expect(await course()).toEqual([[at('16:00:00'), 4]])
  const raw = createClient({ url: world.clickhouseUrl })
  const counted = await raw.query({
    query: 'select count() as rows from performance_metrics where published_post_id = {post:UUID}',
    query_params: { post: postId },
    format: 'JSONEachRow',
  })
  expect(await counted.json<{ rows: string }>()).toMatchObject([{ rows: '1' }])
  await raw.close()
})

test('another workspace gets no point of a post, not even when it asks with its id', async () => {
  await snapshot(at('17:00:00'), { likes: 8 })
  await carryOutbox(services, untilDone)
  expect(await course()).toHaveLength(1)
  for (const grain of ['snapshot', 'hour'] as const) {
    expect(await course(cast.otherWorkspaceId, grain)).toEqual([])
    expect(await course(randomUUID(), grain)).toEqual([])
  }
})

test('no text of a question becomes SQL', async () => {
  const run = (workspaceId: string, query: object) =>
    services.analytics.run(workspaceId, {
      metrics: ['likes'],
      publishedPostId: postId,
      grain: 'snapshot',
      ...query,
    })
  const evil = `'; drop table performance_metrics; --`
  await expect(run(cast.workspaceId, { publishedPostId: evil })).rejects.toThrow()
  await expect(run(cast.workspaceId, { metrics: [evil] })).rejects.toThrow()
  await expect(run(evil, {})).rejects.toThrow()
  expect(await course()).toEqual([])
})

test('while ClickHouse is away the course of a post is a 503 that says so, and everything else goes on', async () => {
  const blind = await createApp({
    config: world.config,
    engines: { owner: world.owner, keyring: world.keyring, clickhouseUrl: undefined },
    dataDirectory: world.dataDirectory,
    log: services.log.child({}, { level: 'silent' }),
  })
  try {
    await blind.http.ready()
    const headers = { cookie: cast.vera.cookie }
    const path = `/api/v1/workspaces/${cast.workspaceId}`
    const metrics = await blind.http.inject({ url: `${path}/published-posts/${postId}/metrics`, headers })
    expect(metrics.statusCode).toBe(503)
    expect(metrics.headers['content-type']).toContain('application/problem+json')
    expect(metrics.json()).toMatchObject({ code: 'unavailable', detail: expect.stringContaining('away') })
    expect((await blind.http.inject({ url: `${path}/content`, headers })).statusCode).toBe(200)
  } finally {
    await blind.stop()
  }
})
