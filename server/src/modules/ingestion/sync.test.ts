import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { NetworkAccount } from '../../../test/bluesky-network/network.ts'
import { passOn, refusal } from '../../../test/chaos/gate.ts'
import { type ConnectedWorld, createConnectedWorld, expectStatus } from '../../../test/connected-world.ts'
import { publishPost } from '../publishing/publish-post.ts'
import type { Services } from '../services.ts'
import { carryOutbox } from './carry-outbox.ts'
import { ingestion } from './index.ts'
import { listAccountsToSync } from './queries.ts'
import { syncAccount } from './sync-account.ts'

const getPosts = 'app.bsky.feed.getPosts'
const minuteMs = 60_000
const hourMs = 60 * minuteMs

// No worker runs: each test is its own.
let here: ConnectedWorld
let services: Services
let account: NetworkAccount
let fans: NetworkAccount[]
let accountId: string
beforeAll(async () => {
  here = await createConnectedWorld()
  services = here.world.app.services
  account = await here.join('alice')
  fans = await Promise.all([here.join('bob'), here.join('carla')])
  accountId = await here.connect(account)
  await here.network.processAll()
})
afterEach(() => here.gate.keep())
afterAll(() => here?.stop())

interface Post {
  readonly contentId: string
  readonly postId: string
  readonly uri: string
}

/** A post that is on the network and known to be there. */
async function publishedPost(text: string): Promise<Post> {
  const { contentId, publicationId } = await here.publish(text, [accountId])
  await publishPost(services, here.cast.workspaceId, publicationId)
  const [notice] = await here.world.query<{ payload: unknown }>(
    `select j.payload from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
     where t.identifier = 'post_published' and j.payload ->> 'publicationId' = $1`,
    [publicationId],
  )
  const jobs = ingestion.jobs?.(services) ?? []
  const keep = () =>
    jobs.find(({ name }) => name === 'post_published')?.run(notice?.payload, AbortSignal.timeout(5_000))
  await keep()
  // The notice may come twice.
  await keep()
  const rows = await here.world.query<{ id: string; platform_post_id: string }>(
    'select id, platform_post_id from published_posts where publication_id = $1',
    [publicationId],
  )
  expect(rows).toHaveLength(1)
  await here.network.processAll()
  return { contentId, postId: rows[0]?.id ?? '', uri: rows[0]?.platform_post_id ?? '' }
}

const sync = (all = true, at = new Date()) =>
  syncAccount(
    { ...services, clock: { now: () => at } },
    { workspaceId: here.cast.workspaceId, accountId, all },
  )
const snapshots = ({ postId }: Post) =>
  here.world.query('select * from post_snapshots where published_post_id = $1 order by captured_at', [postId])
const stateOf = async ({ postId }: Post) => {
  const [row] = await here.world.query('select * from published_posts where id = $1', [postId])
  if (!row) throw new Error('the post is gone')
  return row
}
const metricsOf = ({ postId }: Post) =>
  here.cast.vera.request('GET', `${here.path}/published-posts/${postId}/metrics`)

test('what people do to a post becomes a snapshot, shown with its time and as a course', async () => {
  const post = await publishedPost('Measured')
  const [bob, carla] = fans
  if (!bob || !carla) throw new Error('the fans are missing')
  await sync()
  await here.network.like(bob, post.uri)
  await here.network.like(carla, post.uri)
  await here.network.repost(bob, post.uri)
  await here.network.reply(carla, post.uri, 'A reply')
  await here.network.quote(bob, post.uri, 'A quote')
  await here.network.processAll()
  const at = new Date()
  await sync(true, at)

  const [first, second] = await snapshots(post)
  expect(first).toMatchObject({ likes: '0', comments: '0', shares: '0', quotes: '0' })
  expect(second).toMatchObject({ likes: '2', comments: '1', shares: '1', quotes: '1', captured_at: at })
  // What Bluesky does not tell is not nought.
  expect(second).toMatchObject({ views: null, impressions: null, reach: null, clicks: null, saves: null })
  expect(second?.raw).toMatchObject({ uri: post.uri, likeCount: 2 })
  expect((await here.seen(post.contentId)).latest).toEqual({
    metrics: { likes: 2, comments: 1, shares: 1, quotes: 1 },
    capturedAt: at.toISOString(),
  })

  await carryOutbox(services, new AbortController().signal)
  const { body } = expectStatus(200, await metricsOf(post))
  const course = (metric: string) =>
    body.series.find((series: { metric: string }) => series.metric === metric)
  expect(course('likes').points.map(({ value }: { value: number }) => value)).toEqual([0, 2])
  expect(course('likes').points[1].capturedAt).toBe(at.toISOString())
  expect(course('shares')).toMatchObject({ label: 'Reposts' })
  expect(course('views')).toBeUndefined()
})

test('one instant read twice is one snapshot and one fact', async () => {
  const post = await publishedPost('Read twice')
  const at = new Date()
  await sync(true, at)
  await sync(true, at)
  expect(await snapshots(post)).toHaveLength(1)
  const facts = await here.world.query(`select from outbox where payload ->> 'publishedPostId' = $1`, [
    post.postId,
  ])
  expect(facts).toHaveLength(1)
})

test('a counter that the network leaves out is absent: null in the snapshot, no point in the course', async () => {
  const post = await publishedPost('Half told')
  here.gate.keep(async (passage) => {
    if (passage.nsid !== getPosts) return passOn(passage)
    const body = Buffer.from(JSON.stringify({ posts: [{ uri: post.uri, likeCount: 0 }] }))
    passage.relay({ status: 200, headers: { 'content-type': 'application/json' }, body })
  })
  await sync()
  const [snapshot] = await snapshots(post)
  expect(snapshot).toMatchObject({ likes: '0', comments: null, shares: null, quotes: null })
  await carryOutbox(services, new AbortController().signal)
  const { body } = await metricsOf(post)
  const points = Object.fromEntries(
    body.series.map(({ metric, points }: { metric: string; points: unknown[] }) => [metric, points.length]),
  )
  expect(points).toEqual({ likes: 1, comments: 0, shares: 0, quotes: 0 })
})

test('a removed post is marked and read no more; its numbers stay', async () => {
  const [kept, removed] = [await publishedPost('Kept'), await publishedPost('Removed')]
  await sync()
  await here.network.deleteRecord(account, removed.uri)
  // A young post would be asked for again first.
  await here.world.query(
    `update published_posts set published_at = published_at - interval '1 day' where id = any($1)`,
    [[kept.postId, removed.postId]],
  )
  await here.network.processAll()
  const at = Date.now()
  await sync(true, new Date(at))
  expect(await stateOf(removed)).toMatchObject({
    removed_at: null,
    missing_since: new Date(at),
    next_sync_at: new Date(at + hourMs),
  })
  // Asked again too soon, it is no proof yet.
  await sync(true, new Date(at + hourMs - 1))
  expect(await stateOf(removed)).toMatchObject({ removed_at: null, next_sync_at: new Date(at + hourMs) })
  await sync(true, new Date(at + hourMs))
  expect(await stateOf(removed)).toMatchObject({ removed_at: new Date(at + hourMs), next_sync_at: null })
  expect(await stateOf(kept)).toMatchObject({ removed_at: null, missing_since: null })
  await sync(true, new Date(at + 2 * hourMs))
  expect(await stateOf(removed)).toMatchObject({ removed_at: new Date(at + hourMs), next_sync_at: null })
  expect(await snapshots(removed)).toHaveLength(1)
  expect(await snapshots(kept)).toHaveLength(5)
})

test('an old post that one answer leaves out and the next one tells again was never removed', async () => {
  const post = await publishedPost('Left out once')
  await here.world.query(
    `update published_posts set published_at = published_at - interval '1 day' where id = $1`,
    [post.postId],
  )
  here.gate.keep(async (passage) => {
    if (passage.nsid !== getPosts) return passOn(passage)
    const body = Buffer.from(JSON.stringify({ posts: [] }))
    passage.relay({ status: 200, headers: { 'content-type': 'application/json' }, body })
  })
  const at = Date.now()
  await sync(true, new Date(at))
  expect(await stateOf(post)).toMatchObject({ missing_since: new Date(at), removed_at: null })
  here.gate.keep()
  await sync(true, new Date(at + 2 * hourMs))
  expect(await stateOf(post)).toMatchObject({ missing_since: null, removed_at: null })
  expect(await snapshots(post)).toHaveLength(1)
})

const accountState = async () => {
  const [row] = await here.world.query(
    'select status, health, token_version, sync_failures, sync_after from social_accounts where id = $1',
    [accountId],
  )
  if (!row) throw new Error('the account is gone')
  return row
}
const lastLog = async () => {
  const [log] = await here.world.query('select * from sync_logs order by started_at desc, id desc limit 1')
  return log
}

test.each([getPosts, 'app.bsky.actor.getProfile'])(
  'one refusal of good tokens by %s is answered with fresh ones, and the numbers are read',
  async (nsid) => {
    const post = await publishedPost(`Refused once by ${nsid}`)
    let refusals = 0
    here.gate.keep(async (passage) => {
      if (passage.nsid !== nsid || refusals++) return passOn(passage)
      passage.relay(refusal(401, 'AuthenticationRequired', 'a slip'))
    })
    await sync()
    expect(await lastLog()).toMatchObject({ status: 'completed' })
    expect(await snapshots(post)).toHaveLength(1)
    expect(await accountState()).toMatchObject({ status: 'active', health: 'healthy' })
  },
)

test('a network that refuses to be read though it refreshes our tokens fails the sync and revokes nothing', async () => {
  const post = await publishedPost('Refused for good')
  const before = await stateOf(post)
  here.gate.keep(async (passage) =>
    passage.nsid === getPosts ? passage.relay(refusal(401, 'AuthenticationRequired', 'no')) : passOn(passage),
  )
  const asked = here.gate.count(getPosts)
  await sync(false)
  expect(here.gate.count(getPosts)).toBe(asked + 2)
  expect(await lastLog()).toMatchObject({ status: 'failed' })
  expect(await accountState()).toMatchObject({ status: 'active', health: 'healthy' })
  expect((await stateOf(post)).next_sync_at).toEqual(before.next_sync_at)
})

test('after failures an account is asked less and less, until it answers or is connected again', async () => {
  here.gate.keep()
  await sync()
  await publishedPost('Waits for its server')
  await here.world.query('update published_posts set next_sync_at = published_at where removed_at is null')
  const isDispatched = (at: number) =>
    services.doors.withDispatch(async (tx) =>
      (await listAccountsToSync(tx, new Date(at))).some((ref) => ref.accountId === accountId),
    )
  const at = Date.now()
  expect(await isDispatched(at)).toBe(true)
  here.gate.keep(async (passage) => passage.relay(refusal(503, 'Unavailable', 'away')))
  const pauses: number[] = []
  for (let i = 0; i < 9; i++) {
    await sync(false, new Date(at))
    pauses.push(((await accountState()).sync_after.getTime() - at) / minuteMs)
  }
  expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 320, 360, 360])
  expect(await isDispatched(at + 360 * minuteMs - 1)).toBe(false)
  expect(await isDispatched(at + 360 * minuteMs)).toBe(true)
  here.gate.keep()
  await here.connect(account)
  expect(await isDispatched(at)).toBe(true)

  here.gate.keep(async (passage) => passage.relay(refusal(503, 'Unavailable', 'away')))
  await sync(false, new Date(at))
  expect(await accountState()).toMatchObject({ sync_failures: 1, sync_after: new Date(at + 5 * minuteMs) })
  here.gate.keep()
  await sync()
  expect(await accountState()).toMatchObject({ sync_failures: 0, sync_after: null })
})

test.each(['revoked', 'disconnected', 'paused'])('a %s account is not synced by itself', async (status) => {
  await publishedPost(`Of a ${status} account`)
  const due = () =>
    services.doors.withDispatch((tx) => listAccountsToSync(tx, new Date(Date.now() + 24 * hourMs)))
  expect((await due()).map((ref) => ref.accountId)).toContain(accountId)
  await here.world.query('update social_accounts set status = $2 where id = $1', [accountId, status])
  try {
    expect((await due()).map((ref) => ref.accountId)).not.toContain(accountId)
  } finally {
    await here.world.query(`update social_accounts set status = 'active' where id = $1`, [accountId])
  }
})

test('what a person asks to be read now is not replaced by the sync of what is due', async () => {
  await publishedPost('Read me now')
  expectStatus(202, await here.cast.bob.request('POST', `${here.path}/accounts/${accountId}/sync`))
  const dispatch = ingestion.jobs?.(services).find(({ name }) => name === 'sync_due_posts')
  await dispatch?.run({}, AbortSignal.timeout(5_000))
  const queued = await here.world.query<{ all: boolean }>(
    `select (payload ->> 'all')::boolean as "all" from graphile_worker._private_jobs
     where key is not null and payload ->> 'accountId' = $1 and payload ->> 'all' is not null and key not like 'sync-soon%'`,
    [accountId],
  )
  expect(queued.map(({ all }) => all).sort()).toEqual([false, true])
})

test('a young post that the counting part of the network has not seen yet is asked for again soon', async () => {
  const post = await publishedPost('Just out')
  // Only this one is due.
  await here.world.query('update published_posts set next_sync_at = null where id <> $1', [post.postId])
  here.gate.keep(async (passage) => {
    if (passage.nsid !== getPosts) return passOn(passage)
    const body = Buffer.from(JSON.stringify({ posts: [] }))
    passage.relay({ status: 200, headers: { 'content-type': 'application/json' }, body })
  })
  const at = new Date()
  await sync(false, at)
  const { removed_at, next_sync_at } = await stateOf(post)
  expect(removed_at).toBeNull()
  expect(next_sync_at.getTime()).toBeGreaterThan(at.getTime())
  expect(next_sync_at.getTime()).toBeLessThan(at.getTime() + 60_000)
  expect(await snapshots(post)).toEqual([])
  here.gate.keep()
  await sync()
  expect(await snapshots(post)).toHaveLength(1)
})

test('reading slows down while nothing changes, and a change makes it quick again', async () => {
  const post = await publishedPost('Quiet')
  for (let i = 0; i < 4; i++) await sync()
  expect(await stateOf(post)).toMatchObject({ unchanged_syncs: 3 })
  const [bob] = fans
  if (bob) await here.network.like(bob, post.uri)
  await here.network.processAll()
  await sync()
  expect(await stateOf(post)).toMatchObject({ unchanged_syncs: 0 })
})

test('a sync that fails says why in its log, and its posts stay due', async () => {
  const post = await publishedPost('Still due')
  const before = await stateOf(post)
  here.gate.keep(async (passage) =>
    passage.nsid === getPosts ? passage.relay(refusal(503, 'Unavailable', 'away')) : passOn(passage),
  )
  await sync(false)
  const [log] = await here.world.query(
    `select status, error_message, records_processed::int from sync_logs order by started_at desc limit 1`,
  )
  expect(log).toMatchObject({ status: 'failed', records_processed: 0 })
  expect(log?.error_message).toContain('did not answer as it should')
  expect((await stateOf(post)).next_sync_at).toEqual(before.next_sync_at)
  const [shown] = (await here.cast.vera.request('GET', `${here.path}/accounts`)).body.items
  expect(shown).toMatchObject({ status: 'active' })
})

test('numbers are for members: strangers find nothing, viewers do not start a sync', async () => {
  const post = await publishedPost('Ours')
  const { alice, bob, vera, charlie, nobody, otherWorkspaceId } = here.cast
  const course = `${here.path}/published-posts/${post.postId}/metrics`
  const start = `${here.path}/accounts/${accountId}/sync`
  expect((await charlie.request('GET', course)).status).toBe(404)
  expect((await nobody.request('GET', course)).status).toBe(401)
  expect((await vera.request('GET', course)).status).toBe(200)
  expect((await vera.request('POST', start)).status).toBe(403)
  expect((await charlie.request('POST', start)).status).toBe(404)
  expect((await nobody.request('POST', start)).status).toBe(401)
  expect((await bob.request('POST', start)).status).toBe(202)
  expect((await alice.request('POST', start)).status).toBe(202)
  const elsewhere = `/api/v1/workspaces/${otherWorkspaceId}`
  expect((await charlie.request('GET', `${elsewhere}/published-posts/${post.postId}/metrics`)).status).toBe(
    404,
  )
  expect((await charlie.request('POST', `${elsewhere}/accounts/${accountId}/sync`)).status).toBe(404)
})
