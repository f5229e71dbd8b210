/** Pages of content whose times lie nearer to each other than a `Date` can tell. */
import { CompiledQuery, createQueryId, type KyselyPlugin, type RootOperationNode, sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Cast, castOf } from '../../../test/cast.ts'
import { createWorld, type World } from '../../../test/world.ts'
import type { Tx } from '../../infra/postgres/doors.ts'
import { listContent } from './queries-content.ts'

let world: World
let cast: Cast
let path: string
beforeAll(async () => {
  world = await createWorld()
  cast = await castOf(world)
  path = `/api/v1/workspaces/${cast.workspaceId}/content`
})
afterAll(() => world?.stop())

/** Ids of all pages, in the order in which they came. */
async function readPages(limit: number): Promise<string[]> {
  const seen: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const query: string = cursor && `&cursor=${encodeURIComponent(cursor)}`
    const { status, body } = await cast.vera.request('GET', `${path}?limit=${limit}${query}`)
    expect(status).toBe(200)
    seen.push(...body.items.map(({ id }: { id: string }) => id))
    cursor = body.nextCursor
  }
  return seen
}

test('pages hold everything once, however many drafts were written within one millisecond', async () => {
  // Six microseconds of one millisecond, with three drafts in the last.
  const written = await world.query<{ id: string }>(
    `insert into content (workspace_id, text, created_at)
       select $1, 'draft ' || n, timestamptz '2026-05-04 10:00:00.123001Z' + least(n, 5) * interval '1 microsecond'
       from generate_series(0, 7) n
     returning id`,
    [cast.workspaceId],
  )
  const [told] = await world.query<{ times: string }>(
    'select count(distinct timeline_at) as times from content where workspace_id = $1',
    [cast.workspaceId],
  )
  expect(Number(told?.times)).toBe(6)
  const newestFirst = await world.query<{ id: string }>(
    'select id from content where workspace_id = $1 order by timeline_at desc, id desc',
    [cast.workspaceId],
  )
  expect(newestFirst).toHaveLength(written.length)
  for (const limit of [1, 2, 3, 7, 8])
    expect(await readPages(limit), `pages of ${limit}`).toEqual(newestFirst.map(({ id }) => id))
})

test('a cursor that no page gave is refused, and none of them is a fault of ours', async () => {
  const id = '01890a5d-ac96-774b-bcce-b302099a8057'
  const wrong = [
    'nonsense',
    '_',
    `2026-05-04T10:00:00Z`,
    `2026-05-04T10:00:00Z_`,
    `2026-05-04_${id}`,
    `now_${id}`,
  ]
  wrong.push(`2026-05-04T10:00:00Z_${'-'.repeat(36)}`, `2026-05-04T10:00:00Z_${id}_${id}`, `infinity_${id}`)
  wrong.push(`2026-02-31T10:00:00Z_${id}`, `2026-05-04T25:00:00Z_${id}`, `0000-01-01T00:00:00Z_${id}`)
  for (const cursor of wrong) {
    const answer = await cast.vera.request('GET', `${path}?cursor=${encodeURIComponent(cursor)}`)
    expect(answer, cursor).toMatchObject({ status: 422, body: { errors: [{ field: 'cursor' }] } })
  }
  // Cursors of milliseconds, which pages gave before, are still good.
  for (const time of ['2026-05-04T10:00:00.123Z', '9999-12-31T23:59:59.999999Z', '0001-01-01T00:00:00Z'])
    expect((await cast.vera.request('GET', `${path}?cursor=${time}_${id}`)).status, time).toBe(200)
})

/** How PostgreSQL goes about what is asked, for a member of the workspace and with the policies of one. */
async function planOf(ask: (tx: Tx) => Promise<unknown>): Promise<string> {
  const { doors } = world.app.services
  return doors.withActor({ userId: cast.vera.userId }, cast.workspaceId, async (tx) => {
    const asked: RootOperationNode[] = []
    const keep: KyselyPlugin = {
      transformQuery: ({ node }) => {
        asked.push(node)
        return node
      },
      transformResult: async ({ result }) => result,
    }
    await ask(tx.withPlugin(keep))
    const [node] = asked
    if (!node) throw new Error('nothing was asked')
    const query = tx.getExecutor().compileQuery(node, createQueryId())
    // Otherwise a table of this size is read whole, as it should be.
    await sql`set local enable_seqscan = off`.execute(tx)
    await sql`set local enable_bitmapscan = off`.execute(tx)
    const told = await tx.executeQuery<{ 'QUERY PLAN': string }>(
      CompiledQuery.raw(`explain (costs off) ${query.sql}`, [...query.parameters]),
    )
    return told.rows.map((row) => row['QUERY PLAN']).join('\n')
  })
}

test('a later page is read from its place in the index on, and not sorted', async () => {
  const after = { time: '2026-05-04T10:00:00.123456Z', id: '01890a5d-ac96-774b-bcce-b302099a8057' }
  const plan = await planOf((tx) => listContent(tx, cast.workspaceId, { limit: 50, after }))
  expect(plan).toMatch(/content_by_time.*\n *Index Cond: .*ROW\(timeline_at, id\) < ROW\(/)
  expect(plan).not.toContain('Sort')
})
