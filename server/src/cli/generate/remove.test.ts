import { createClient } from '@clickhouse/client'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Sums, sumsOf } from '../../../test/engine-sums.ts'
import {
  createWorldOfPeople,
  generateMore,
  tried,
  triedAsSuperuser,
  type WorldOfPeople,
} from '../../../test/world-of-people.ts'
import { loginUrl } from '../../infra/postgres/pool.ts'
import { enter } from './database-roles.ts'
import { removeGenerated } from './remove.ts'

/** Of the generated ones, beside a workspace of people that is large enough for a row in every table. */
const size = { posts: 60, days: 30 }
let place: WorldOfPeople
let before: Sums
let generatedIds: string[]
beforeAll(async () => {
  place = await createWorldOfPeople()
  // Measured by the removal alone, which a test asks for.
  await place.world.query('alter table post_deltas set (autovacuum_enabled = false)')
  before = await sumsOf(place.world)
  generatedIds = (await generateMore(place.target, size)).workspaces.map(({ id }) => id)
}, 120_000)
afterAll(() => place.world.stop())

const asGenerator = <T>(workspaceId: string, work: (client: pg.Client) => Promise<T>) =>
  tried(loginUrl(place.target.login), async (client) => {
    await enter(client, 'generator_service', workspaceId)
    return work(client)
  })

test('bound to a workspace of people, the generator deletes nothing of it, nor anybody', async () => {
  const { cast, fullId } = place
  const deletions = await asGenerator(fullId, async (client) => [
    (await client.query('delete from workspaces where id = $1', [fullId])).rowCount,
    (await client.query('delete from audit_log where workspace_id = $1', [fullId])).rowCount,
    (await client.query('delete from workspaces')).rowCount,
    (await client.query('select app.remove_generated_people() as people')).rows[0].people,
  ])
  expect(deletions).toEqual([0, 0, 0, 0])
  for (const statement of [
    `delete from content where workspace_id = '${fullId}'`,
    `delete from users where id = '${cast.alice.userId}'`,
    `update workspaces set name = 'x'`,
  ]) {
    await expect(asGenerator(fullId, (client) => client.query(statement))).rejects.toThrow(
      'permission denied',
    )
  }
})

test('rows that vanish with a generated workspace leave no line in the audit log', async () => {
  const [generatedId = ''] = generatedIds
  await triedAsSuperuser(place.world, async (client) => {
    const lines = async () => {
      const { rows } = await client.query('select count(*)::int as lines from audit_log')
      return rows[0].lines
    }
    const linesBefore = await lines()
    await enter(client, 'generator_service', generatedId)
    expect((await client.query('delete from workspaces where id = $1', [generatedId])).rowCount).toBe(1)
    await client.query(`select set_config('role', 'none', true)`)
    expect(await lines()).toBe(linesBefore)
    const { rows } = await client.query('select from content where workspace_id = $1', [generatedId])
    expect(rows).toEqual([])
  })
})

test('every row of a workspace of people that names a generated person keeps the person', async () => {
  const { world, fullId } = place
  const references = await world.query<{ table: string; column: string }>(
    `select k.conrelid::regclass::text as table, a.attname as column from pg_constraint k
     join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
     where k.contype = 'f' and k.confrelid = 'users'::regclass and k.conparentid = 0
       and k.conrelid::regclass::text not in ('user_credentials', 'user_sessions', 'user_profiles', 'app.maintenance_runs')`,
  )
  expect(references.length).toBeGreaterThan(15)
  const isLeft = (name?: { table: string; column: string }) =>
    triedAsSuperuser(world, async (client) => {
      const { rows: people } = await client.query(
        `insert into users (name, email, generated_at) values ('Ada', 'ada@heliograph.example', now()) returning id`,
      )
      const personId = people[0].id
      if (name) {
        // Triggers and keys stay out of it: it is about who reads what.
        await client.query(`set local session_replication_role = replica`)
        // So short a story may have no statement, by the minute at which it ends.
        await client.query(
          `insert into royalty_statements (workspace_id, artist_id, period_start, period_end, currency, gross_earnings,
             royalty_rate, amount_due)
           values ($1, gen_random_uuid(), current_date, current_date, 'EUR', 0, 0, 0)`,
          [fullId],
        )
        const { rowCount } = await client.query(
          `update ${name.table} set ${name.column} = $1 where (tableoid, ctid) = (
             select tableoid, ctid from ${name.table} where workspace_id = $2 limit 1)`,
          [personId, fullId],
        )
        expect([name, rowCount]).toEqual([name, 1])
      }
      await enter(client, 'generator_service', fullId)
      const { rows } = await client.query('select $1 = any (app.generated_people_left()) as left', [personId])
      return rows[0].left
    })
  expect(await isLeft()).toBe(true)
  for (const name of references) expect([name, await isLeft(name)]).toEqual([name, false])
})

test('what was generated is gone from both engines and the media, and everything of people is as it was', async () => {
  const { world, target, cast } = place
  // Somebody real looks around in a generated workspace, and writes there.
  const [generatedId = ''] = generatedIds
  await world.query(`insert into workspace_members (workspace_id, user_id, role) values ($1, $2, 'owner')`, [
    generatedId,
    cast.alice.userId,
  ])
  const written = await cast.alice.request('POST', `/api/v1/workspaces/${generatedId}/content`, {
    text: 'Alice was here',
  })
  expect(written.status).toBe(201)
  // And somebody makes a row there name a file of other people.
  await world.query(
    `insert into media (workspace_id, storage_key, mime_type, size_bytes, width_px, height_px)
     select $1, storage_key, mime_type, size_bytes, width_px, height_px from media where workspace_id = $2`,
    [generatedId, place.fullId],
  )
  expect(await sumsOf(world)).not.toEqual(before)

  const phases: string[] = []
  const removal = await removeGenerated(target, { onProgress: ({ phase }) => phases.push(phase) })
  expect(removal).toMatchObject({ workspaces: 2, posts: 60, people: 16, peopleWhoStay: 0 })
  expect(removal.snapshots).toBeGreaterThan(100)
  expect(removal.facts).toBeGreaterThan(removal.snapshots)
  expect(phases).toHaveLength(4)

  expect(await sumsOf(world)).toEqual(before)
  const { body } = await cast.alice.request('GET', '/api/v1/workspaces')
  expect(body.items.map(({ name }: { name: string }) => name)).toEqual(['Lighthouse'])
})

test('the sums see every table with rows of workspaces, so that "as it was" means something', async () => {
  const { world, fullId } = place
  const empty = Object.entries(before).filter(([, sum]) => sum.startsWith('0 rows'))
  // What the generator leaves empty, and what so short a story may.
  const mayBeEmpty = [
    'app.maintenance_duties',
    'app.maintenance_runs',
    'app.partition_archives',
    'public.outbox',
    'public.user_verifications',
    'public.royalty_lines',
    'public.royalty_statements',
  ]
  expect(empty.map(([name]) => name).filter((name) => !mayBeEmpty.includes(name))).toEqual([])
  const client = createClient({ url: world.clickhouseUrl })
  const answer = await client.query({
    query: `SELECT count() AS n FROM performance_metrics WHERE workspace_id = {id: UUID}`,
    query_params: { id: fullId },
    format: 'JSONEachRow',
  })
  expect((await answer.json<{ n: string }>())[0]?.n).not.toBe('0')
  await client.close()
})

test('what was filled a moment ago is measured before it goes: the planner would take it to be empty', async () => {
  const [deltas] = await place.world.query<{ last_analyze: Date | null }>(
    `select last_analyze from pg_stat_all_tables where relid = 'post_deltas'::regclass`,
  )
  expect(deltas?.last_analyze).toBeInstanceOf(Date)
})

test('no view over all workspaces knows of them any more', async () => {
  const views = await place.world.query<{ name: string }>(
    `select format('%I.%I', schemaname, matviewname) as name from pg_matviews v
     where exists (select from pg_attribute a where a.attname = 'workspace_id'
       and a.attrelid = format('%I.%I', schemaname, matviewname)::regclass)`,
  )
  expect(views.length).toBeGreaterThan(2)
  for (const { name } of views) {
    const found = await place.world.query(`select from ${name} where workspace_id = any ($1) limit 1`, [
      generatedIds,
    ])
    expect([name, found.length]).toEqual([name, 0])
  }
})

test('once more there is nothing left to remove, and nothing else goes', async () => {
  expect(await removeGenerated(place.target)).toMatchObject({ workspaces: 0, people: 0, facts: 0 })
  expect(await sumsOf(place.world)).toEqual(before)
})

test('the same seed makes the same workspaces again', async () => {
  const again = await generateMore(place.target, { ...size, posts: 4 })
  expect(again.workspaces.map(({ id }) => id)).toEqual(generatedIds)
  await removeGenerated(place.target)
  expect(await sumsOf(place.world)).toEqual(before)
})
