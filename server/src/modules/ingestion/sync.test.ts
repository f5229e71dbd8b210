import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { NetworkAccount } from '../../../test/bluesky-network/network.ts'
import { passOn, refusal } from '../../../test/chaos/gate.ts'
import { type ConnectedWorld, createConnectedWorld, expectStatus } from '../../../test/connected-world.ts'
import { publishPost } from '../publishing/publish-post.ts'
import type { Services } from '../services.ts'
import { carryOutbox } from './carry-outbox.ts'
import { ingestion } from './index.ts'
import { syncAccount } from './sync-account.ts'

const getPosts = 'app.bsky.feed.getPosts'

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
  const at = new Date()
  await sync(true, at)
  expect(await stateOf(removed)).toMatchObject({ removed_at: at, next_sync_at: null })
  expect((await stateOf(kept)).removed_at).toBeNull()
  await sync()
  expect(await snapshots(removed)).toHaveLength(1)
  expect(await snapshots(kept)).toHaveLength(3)
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
  const [log] = await here.world.query('select * from sync_logs order by started_at desc limit 1')
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
