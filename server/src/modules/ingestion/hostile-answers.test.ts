/** What others write into their posts and names, and runs that were cut off, stop no numbers. */
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { NetworkAccount } from '../../../test/bluesky-network/network.ts'
import { passOn } from '../../../test/chaos/gate.ts'
import { type ConnectedWorld, createConnectedWorld } from '../../../test/connected-world.ts'
import { loginUrl } from '../../infra/postgres/pool.ts'
import { listOutbox, notifyCarried } from './queries.ts'
import { syncAccount } from './sync-account.ts'

const getPosts = 'app.bsky.feed.getPosts'
let here: ConnectedWorld
let account: NetworkAccount
let accountId: string
beforeAll(async () => {
  here = await createConnectedWorld()
  account = await here.join('alice')
  accountId = await here.connect(account)
  await here.network.processAll()
})
beforeEach(() => here.world.query('delete from published_posts'))
afterEach(() => here.gate.keep())
afterAll(() => here?.stop())

const uriOf = (name: string) => `at://${account.did}/app.bsky.feed.post/${name}`

/** Posts that are due, some days old; gives their ids by name. */
async function postsOf(...names: string[]): Promise<void> {
  for (const name of names) {
    await here.world.query(
      `insert into published_posts (workspace_id, social_account_id, platform, platform_post_id, permalink, text,
         published_at, next_sync_at)
       values ($1, $2, 'bluesky', $3, 'https://bsky.app', 'x', now() - interval '3 days', now() - interval '1 hour')`,
      [here.cast.workspaceId, accountId, uriOf(name)],
    )
  }
}

/** Written out, because what is hostile in it may be JSON that no value has. */
const answer = (posts: string) =>
  here.gate.keep(async (passage) => {
    if (passage.nsid !== getPosts) return passOn(passage)
    const body = Buffer.from(`{"posts":[${posts}]}`)
    passage.relay({ status: 200, headers: { 'content-type': 'application/json' }, body })
  })
const view = (name: string, more = '', likeCount = '4') =>
  `{"uri":"${uriOf(name)}","likeCount":${likeCount}${more}}`

const sync = () =>
  syncAccount(here.world.app.services, { workspaceId: here.cast.workspaceId, accountId, all: false })

/** The likes of each post, by its name; undefined without a snapshot. */
async function likes(): Promise<Record<string, number | undefined>> {
  const rows = await here.world.query<{ uri: string; likes: number | null }>(
    `select p.platform_post_id as uri, s.likes::int as likes from published_posts p
     left join post_snapshots s on s.published_post_id = p.id order by 1`,
  )
  return Object.fromEntries(rows.map(({ uri, likes: count }) => [uri.split('/').at(-1), count ?? undefined]))
}
const rawOf = async (name: string) => {
  const [row] = await here.world.query<{ raw: unknown }>(
    `select raw from post_snapshots s join published_posts p on p.id = s.published_post_id where platform_post_id = $1`,
    [uriOf(name)],
  )
  return row?.raw
}
const lastLog = async () => {
  const [log] = await here.world.query(
    `select status, records_processed::int, records_failed::int, error_message from sync_logs
     order by started_at desc, id desc limit 1`,
  )
  return log
}

test.each([
  ['the character NUL', String.raw`A\u0000b`, 'Ab'],
  ['half of a surrogate pair', String.raw`A\ud800b`, 'A\ufffdb'],
  ['the other half', String.raw`\udc00`, '\ufffd'],
])(
  '%s in what others wrote costs no post its numbers, in a name, a key or a list',
  async (_, written, kept) => {
    await postsOf('one', 'two')
    answer(
      `${view('one', `,"author":{"displayName":"${written}","${written}":[["${written}"]]}`)},${view('two')}`,
    )
    await sync()
    expect(await likes()).toEqual({ one: 4, two: 4 })
    expect(await rawOf('one')).toMatchObject({ author: { displayName: kept, [kept]: [[kept]] } })
    expect(await lastLog()).toMatchObject({ status: 'completed', records_processed: 2, records_failed: 0 })
  },
)

test('an answer that is nested without end costs no post its numbers', async () => {
  await postsOf('one', 'two')
  const depth = 100_000
  answer(`${view('one', `,"labels":${'['.repeat(depth)}${']'.repeat(depth)}`)},${view('two')}`)
  await sync()
  expect(await likes()).toEqual({ one: 4, two: 4 })
})

test('a malformed post costs no other its numbers, is told in the log, and is asked for again in its turn', async () => {
  await postsOf('one', 'two', 'three')
  const posts = [view('one'), view('two', '', String.raw`"four\u0000"`), view('three', '', '-1')]
  answer(posts.join(','))
  await sync()
  expect(await likes()).toEqual({ one: 4, two: undefined, three: undefined })
  const log = await lastLog()
  expect(log).toMatchObject({ status: 'completed', records_processed: 1, records_failed: 2 })
  expect(log?.error_message).toContain(`2 posts in a way that could not be read: `)
  for (const name of ['two', 'three']) expect(log?.error_message).toContain(`${uriOf(name)} (likeCount: `)
  const [two] = await here.world.query('select * from published_posts where platform_post_id = $1', [
    uriOf('two'),
  ])
  expect(two).toMatchObject({ missing_since: null, removed_at: null, last_synced_at: null })
  expect(two?.next_sync_at.getTime()).toBeGreaterThan(Date.now())
})

test.each(['null', '7', '{"likeCount":4}', '{"uri":5}', '[]'])(
  'a post without a name (%s) is never the proof that one of ours is gone',
  async (nameless) => {
    await postsOf('one', 'two')
    answer(`${view('one')},${nameless}`)
    await sync()
    expect(await likes()).toEqual({ one: 4, two: undefined })
    const [two] = await here.world.query('select * from published_posts where platform_post_id = $1', [
      uriOf('two'),
    ])
    expect(two).toMatchObject({ missing_since: null, removed_at: null })
    expect(await lastLog()).toMatchObject({
      records_failed: 1,
      error_message: expect.stringContaining(uriOf('two')),
    })
  },
)

test('a run that its process left behind is closed as failed by the next; one that may still go on is left alone', async () => {
  const started = async (minutesAgo: number) => {
    const [row] = await here.world.query<{ id: string }>(
      `insert into sync_logs (workspace_id, social_account_id, sync_type, started_at)
       values ($1, $2, 'incremental', now() - $3 * interval '1 minute') returning id`,
      [here.cast.workspaceId, accountId, minutesAgo],
    )
    return row?.id
  }
  const [killed, running] = [await started(31), await started(29)]
  await sync()
  const states = await here.world.query(
    `select id, status, error_message, completed_at is not null as ended from sync_logs where id = any($1)
     order by started_at`,
    [[killed, running]],
  )
  expect(states).toEqual([
    {
      id: killed,
      status: 'failed',
      error_message: 'The run was cut off: its process ended before it was done.',
      ended: true,
    },
    { id: running, status: 'started', error_message: null, ended: false },
  ])
})

test('whoever looks at posts is told of carried numbers once for each post, in one statement', async () => {
  await postsOf('one', 'two', 'three')
  await here.world.query('delete from outbox')
  await here.world.query(
    `insert into outbox (workspace_id, topic, payload)
     select workspace_id, 'snapshot', jsonb_build_object('platform', 'bluesky', 'accountId', social_account_id,
       'publishedPostId', id, 'contentId', null, 'capturedAt', '2026-11-20T10:00:00Z', 'source', 'api', 'metrics', '{}'::jsonb)
     from published_posts cross join generate_series(1, 100)`,
  )
  const told: string[] = []
  const listener = new pg.Client({ connectionString: loginUrl(here.world.owner) })
  await listener.connect()
  try {
    listener.on('notification', ({ payload }) => told.push(payload ?? ''))
    await listener.query('listen heliograph_changes')
    let statements = 0
    await here.world.app.services.doors.withDispatch(async (tx) => {
      const rows = await listOutbox(tx, 1_000)
      expect(rows).toHaveLength(300)
      const counting = tx.withPlugin({
        transformQuery({ node }) {
          statements += 1
          return node
        },
        transformResult: async ({ result }) => result,
      })
      await notifyCarried(counting, rows)
    })
    expect(statements).toBe(1)
    // The answer to a statement comes after the notices before it.
    await listener.query('select')
    const ids = await here.world.query<{ id: string }>('select id from published_posts order by id')
    expect(told.map((notice) => JSON.parse(notice).id).sort()).toEqual(ids.map(({ id }) => id))
  } finally {
    await listener.end()
    await here.world.query('delete from outbox')
  }
})
