/** Deltas outlive their snapshots: a late snapshot changes only what can still be computed. */
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Matrix, openMatrix } from '../security/matrix-visits.ts'

let matrix: Matrix
beforeAll(async () => {
  matrix = await openMatrix()
  await query(`update workspaces set time_zone = 'UTC'`)
})
afterAll(() => matrix?.close())
beforeEach(async () => {
  await query(`select app.ensure_partitions('2024-06-01', 4)`)
  await query('delete from post_deltas')
  await query('delete from post_snapshots')
  await query('delete from app.partition_archives')
  await query(`update published_posts set published_at = '2024-06-15T12:00:00Z'`)
})

const query = <Row extends object>(statement: string, parameters?: unknown[]) =>
  matrix.world.query<Row>(statement, parameters)

type Post = 'publishedPostId' | 'artistPostId'

async function keep(post: Post, day: string, views: number) {
  const { mine } = matrix
  await query(
    `insert into post_snapshots (workspace_id, published_post_id, captured_at, source, views)
     values ($1, $2, $3, 'csv', $4)`,
    [mine.id, mine[post], `2024-${day}T12:00:00Z`, views],
  )
}

const rebuild = (period: string, day: string) =>
  matrix.world.app.services.doors.withWorkspace(matrix.mine.id, (tx) =>
    sql`select app.rebuild_post_deltas(${matrix.mine.id}, ${period}::period, ${`2024-${day}`}::timestamptz)`.execute(
      tx,
    ),
  )

const leave = (month: string) =>
  matrix.world.app.services.doors.withDispatch((tx) =>
    sql`select app.detach_expired_partition(${`post_snapshots_2024_${month}`})`.execute(tx),
  )

/** The change of views by the day on which the period begins. */
async function deltas(period: string, post: Post): Promise<Record<string, number | null>> {
  const rows = await query<{ day: string; views: number | null }>(
    `select to_char(from_at at time zone 'UTC', 'MM-DD') as day, views_delta::int as views from post_deltas
     where period = $1::period and published_post_id = $2 order by from_at`,
    [period, matrix.mine[post]],
  )
  return Object.fromEntries(rows.map(({ day, views }) => [day, views]))
}

test('deltas whose snapshots are in the archive stay, of the post of a late snapshot and of every other, even if the month is made again', async () => {
  await keep('publishedPostId', '06-20', 3)
  await keep('publishedPostId', '07-20', 30)
  await keep('artistPostId', '06-20', 4)
  await keep('artistPostId', '07-20', 10)
  await rebuild('quarterly', '06-01')
  const before = [await deltas('quarterly', 'publishedPostId'), await deltas('quarterly', 'artistPostId')]
  expect(before).toEqual([
    { '04-01': 3, '07-01': 27 },
    { '04-01': 4, '07-01': 6 },
  ])
  await leave('06')
  await leave('07')
  await keep('publishedPostId', '08-10', 41)
  const after = async () => {
    await rebuild('quarterly', '08-10')
    return [await deltas('quarterly', 'publishedPostId'), await deltas('quarterly', 'artistPostId')]
  }
  expect(await after()).toEqual(before)
  await query(`select app.ensure_partitions('2024-06-01', 1)`)
  expect(await after()).toEqual(before)
})

test('a counter that changed from what only the archive has keeps its delta, and those after it are computed', async () => {
  await keep('publishedPostId', '07-20', 30)
  await keep('publishedPostId', '08-05', 40)
  await keep('publishedPostId', '09-05', 45)
  await rebuild('monthly', '06-01')
  const computed = { '07-01': null, '08-01': 10, '09-01': 5 }
  expect(await deltas('monthly', 'publishedPostId')).toEqual(computed)
  await leave('07')
  await keep('publishedPostId', '08-20', 44)
  await rebuild('monthly', '08-20')
  expect(await deltas('monthly', 'publishedPostId')).toEqual({ ...computed, '09-01': 1 })
})

test('of a period that begins in the archive what is still here is what the next one changed from', async () => {
  await keep('publishedPostId', '07-31', 30)
  await leave('07')
  // The week begins on Monday, 29 July.
  await keep('publishedPostId', '08-02', 40)
  await keep('publishedPostId', '08-06', 47)
  await rebuild('weekly', '08-02')
  expect(await deltas('weekly', 'publishedPostId')).toEqual({ '08-05': 7 })
})

test('a post that appeared after all that is in the archive is computed from its beginning', async () => {
  await keep('artistPostId', '07-20', 30)
  await leave('07')
  await query(`update published_posts set published_at = '2024-08-03T12:00:00Z' where id = $1`, [
    matrix.mine.publishedPostId,
  ])
  await keep('publishedPostId', '08-04', 5)
  await rebuild('quarterly', '08-04')
  await rebuild('monthly', '08-04')
  expect(await deltas('quarterly', 'publishedPostId')).toEqual({ '07-01': 5 })
  expect(await deltas('monthly', 'publishedPostId')).toEqual({ '08-01': 5 })
})

test('a month that left without a row holds nothing back', async () => {
  await leave('06')
  await leave('07')
  await keep('publishedPostId', '08-04', 5)
  await keep('publishedPostId', '09-04', 9)
  await rebuild('quarterly', '08-04')
  await rebuild('monthly', '08-04')
  expect(await deltas('quarterly', 'publishedPostId')).toEqual({ '07-01': null })
  expect(await deltas('monthly', 'publishedPostId')).toEqual({ '08-01': null, '09-01': 4 })
})
