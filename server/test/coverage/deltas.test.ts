/** Deltas are what the snapshots say, in whatever order these arrive. */
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Matrix, openMatrix } from '../security/matrix-visits.ts'

let matrix: Matrix
beforeAll(async () => {
  matrix = await openMatrix()
  await matrix.world.query(`select app.ensure_partitions('2026-02-01', 3)`)
  await matrix.world.query(`update workspaces set time_zone = 'Europe/Berlin' where id = $1`, [
    matrix.mine.id,
  ])
})
afterAll(() => matrix.close())
beforeEach(async () => {
  await matrix.world.query('delete from post_deltas')
  await matrix.world.query('delete from post_snapshots')
  await matrix.world.query(`update published_posts set published_at = '2026-03-01T12:00:00Z'`)
})

interface Snapshot {
  readonly at: string
  readonly views?: number
  readonly likes?: number
  readonly earnings?: string
  readonly currency?: string
  readonly source?: string
}

async function keep(snapshot: Snapshot): Promise<void> {
  const { mine } = matrix
  await matrix.world.query(
    `insert into post_snapshots (workspace_id, published_post_id, captured_at, source, views, likes, earnings, currency)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`,
    [
      mine.id,
      mine.artistPostId,
      snapshot.at,
      snapshot.source ?? 'api',
      snapshot.views ?? null,
      snapshot.likes ?? null,
      snapshot.earnings ?? null,
      snapshot.currency ?? null,
    ],
  )
}

const rebuild = (period: string, from: string) =>
  matrix.world.app.services.doors.withWorkspace(matrix.mine.id, (tx) =>
    sql`select app.rebuild_post_deltas(${matrix.mine.id}, ${period}::period, ${from}::timestamptz)`.execute(
      tx,
    ),
  )

const deltas = (period: string) =>
  matrix.world.query(
    `select to_char(from_at at time zone 'UTC', 'MM-DD HH24:MI') as from, to_char(to_at at time zone 'UTC', 'MM-DD HH24:MI') as to,
       views_delta as views, likes_delta as likes, earnings_delta::float as earnings, currency, growth_rate::float as growth
     from post_deltas where period = $1::period order by from_at`,
    [period],
  )
const nothing = { views: null, likes: null, earnings: null, currency: null, growth: null }

test('a day is cut on the clock of the workspace, also where the clock is put forward', async () => {
  // Berlin's 29 March 2026 lasts from 23:00 UTC to 22:00 UTC.
  await keep({ at: '2026-03-28T22:59:59Z', views: 100 })
  await keep({ at: '2026-03-28T23:00:00Z', views: 110 })
  await keep({ at: '2026-03-29T21:59:59Z', views: 130 })
  await keep({ at: '2026-03-29T22:00:00Z', views: 137 })
  await rebuild('daily', '2026-03-28T23:00:00Z')
  expect(await deltas('daily')).toEqual([
    { ...nothing, from: '03-28 23:00', to: '03-29 22:00', views: '30', growth: 30 },
    { ...nothing, from: '03-29 22:00', to: '03-30 22:00', views: '7', growth: expect.closeTo(5.384615) },
  ])
})

test('a post begins at zero in the bucket in which it appears; before the first snapshot nothing is known', async () => {
  await keep({ at: '2026-03-01T13:00:00Z', views: 5 })
  await rebuild('daily', '2026-03-01T00:00:00Z')
  expect(await deltas('daily')).toMatchObject([{ views: '5', growth: null }])
  await matrix.world.query(`update published_posts set published_at = '2026-02-01T12:00:00Z'`)
  await rebuild('daily', '2026-03-01T00:00:00Z')
  expect(await deltas('daily')).toMatchObject([{ views: null, growth: null }])
})

test('a counter that a network does not tell at every time is counted from when it last told it', async () => {
  await keep({ at: '2026-03-01T13:00:00Z', views: 5, likes: 1 })
  await keep({ at: '2026-03-02T13:00:00Z', views: 9 })
  await keep({ at: '2026-03-03T13:00:00Z', likes: 4 })
  await rebuild('daily', '2026-03-01T00:00:00Z')
  expect(await deltas('daily')).toMatchObject([
    { views: '5', likes: '1' },
    { views: '4', likes: null },
    { views: null, likes: '3' },
  ])
})

test('a network that counts again downward makes a negative delta', async () => {
  await keep({ at: '2026-03-01T13:00:00Z', views: 50 })
  await keep({ at: '2026-03-02T13:00:00Z', views: 42 })
  await rebuild('daily', '2026-03-01T00:00:00Z')
  expect(await deltas('daily')).toMatchObject([{ views: '50' }, { views: '-8', growth: -16 }])
})

test('money is never subtracted across currencies', async () => {
  await keep({ at: '2026-03-01T13:00:00Z', earnings: '1.50', currency: 'EUR' })
  await keep({ at: '2026-03-02T13:00:00Z', earnings: '4.00', currency: 'USD' })
  await keep({ at: '2026-03-03T13:00:00Z', earnings: '4.25', currency: 'USD' })
  await rebuild('daily', '2026-03-01T00:00:00Z')
  expect(await deltas('daily')).toMatchObject([
    { earnings: 1.5, currency: 'EUR' },
    { earnings: null, currency: 'USD' },
    { earnings: 0.25, currency: 'USD' },
  ])
})

test('late, duplicate and reordered snapshots end in the same deltas, of every period', async () => {
  const snapshots = Array.from({ length: 60 }, (_, n): Snapshot => {
    const at = new Date(Date.UTC(2026, 2, 1, 12) + n * 17 * 3_600_000).toISOString()
    return { at, ...(n % 3 === 0 ? {} : { views: n * n }), ...(n % 4 === 0 ? {} : { likes: 3 * n }) }
  })
  const periods = ['hourly', 'daily', 'weekly', 'monthly', 'quarterly']
  const all = async () => Promise.all(periods.map(deltas))
  for (const snapshot of snapshots) await keep(snapshot)
  for (const period of periods) await rebuild(period, '2026-03-01T00:00:00Z')
  const inOrder = await all()
  expect(inOrder.map((rows) => rows.length > 0)).toEqual(periods.map(() => true))

  await matrix.world.query('delete from post_deltas')
  await matrix.world.query('delete from post_snapshots')
  const shuffled = snapshots.map((snapshot, n) => ({ snapshot, place: (n * 37) % 60 }))
  for (const { snapshot } of shuffled.sort((a, b) => a.place - b.place)) {
    await keep(snapshot)
    await keep(snapshot)
    for (const period of periods) await rebuild(period, snapshot.at)
  }
  // Each arrival computes from its own instant on, as ingestion does.
  expect(await all()).toEqual(inOrder)
})

test('a delta without a snapshot any more goes with the next of its post; other posts and workspaces are untouched', async () => {
  const { mine, theirs, world } = matrix
  for (const [workspaceId, postId, views] of [
    [theirs.id, theirs.publishedPostId, 3],
    [mine.id, mine.publishedPostId, 4],
  ]) {
    await world.query(
      `insert into post_deltas (workspace_id, published_post_id, period, from_at, to_at, views_delta)
       values ($1, $2, 'daily', '2026-03-01T23:00:00Z', '2026-03-02T23:00:00Z', $3)`,
      [workspaceId, postId, views],
    )
  }
  await keep({ at: '2026-03-01T13:00:00Z', views: 50 })
  await keep({ at: '2026-03-02T13:00:00Z', views: 60 })
  await rebuild('daily', '2026-03-01T00:00:00Z')
  await world.query(`delete from post_snapshots where workspace_id = $1 and views = 60`, [mine.id])
  await rebuild('daily', '2026-03-01T00:00:00Z')
  const left = (await deltas('daily')).map(({ views }) => views)
  expect(left.sort()).toEqual(['3', '4', '50'])
})
