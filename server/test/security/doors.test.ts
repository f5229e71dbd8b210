import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appLogin } from '../../src/engines.ts'
import { createLog } from '../../src/infra/log.ts'
import { createDoors, type Tx } from '../../src/infra/postgres/doors.ts'
import { createKysely, createPool } from '../../src/infra/postgres/pool.ts'
import { keyVisits } from './matrix-key-visits.ts'
import type { SeededWorkspace } from './matrix-rows.ts'
import { attempt } from './matrix-tries.ts'
import { during, type Matrix, memberRoles, openMatrix, visits } from './matrix-visits.ts'

const permissionDenied = '42501'
const refused = { code: permissionDenied }

let matrix: Matrix
beforeAll(async () => {
  matrix = await openMatrix()
})
afterAll(() => matrix.close())

const doors = () => matrix.world.app.services.doors

test('people are seen by those who share a workspace with them, through its door only', async () => {
  const { mine, theirs, memberless, memberOfBoth } = matrix
  const visible = (userId: string, workspaceId: string | null) =>
    doors().withActor({ userId }, workspaceId, async (tx) => {
      const rows = await tx.selectFrom('users').select('id').execute()
      return rows.map(({ id }) => id).sort()
    })
  const everybodyIn = (seed: SeededWorkspace) =>
    [...Object.values(seed.people), seed.secondOwner, seed.bystander, memberOfBoth].sort()
  for (const role of memberRoles.filter((role) => role !== 'artist')) {
    expect(await visible(mine.people[role], mine.id), role).toEqual(everybodyIn(mine))
  }
  expect(await visible(mine.people.artist, mine.id)).toEqual([mine.people.artist])
  expect(await visible(memberless, mine.id)).toEqual([memberless])
  expect(await visible(theirs.people.owner, mine.id)).toEqual([theirs.people.owner])
  expect(await visible(memberOfBoth, mine.id)).toEqual(everybodyIn(mine))
  expect(await visible(memberOfBoth, null)).toEqual([memberOfBoth])
})

test.each([...visits, ...keyVisits])(
  '$name: credentials and sessions are out of reach, and no user can be changed',
  async (visit) => {
    const findings = await during(matrix, visit, async (tx, found) => {
      for (const statement of [
        'select count(*) n from public.user_credentials',
        'select count(*) n from public.user_sessions',
        'select count(*) n from public.user_verifications',
        'select count(is_super_admin) n from public.users',
        'update public.users set is_super_admin = true',
        'delete from public.users',
      ]) {
        const { error } = await attempt(tx, statement)
        if (error !== permissionDenied) found.push(`${statement}: ${error ?? 'runs'}`)
      }
    })
    expect(findings).toEqual([])
  },
)

test('work for a workspace is enqueued by those who write there and by its own jobs alone', async () => {
  const { mine, theirs, memberOfBoth, withoutDoor } = matrix
  const enqueue = (workspaceId: string) => (tx: Tx) =>
    sql`select app.enqueue_job('a_task', ${JSON.stringify({ workspaceId })}::jsonb)`.execute(tx)
  const asActor = (userId: string, door: string | null, workspaceId: string) =>
    doors().withActor({ userId }, door, enqueue(workspaceId))
  await asActor(mine.people.editor, mine.id, mine.id)
  await doors().withWorkspace(mine.id, enqueue(mine.id))
  await doors().withDispatch(enqueue(mine.id))
  await expect(asActor(mine.people.viewer, mine.id, mine.id)).rejects.toMatchObject(refused)
  await expect(asActor(mine.people.owner, mine.id, theirs.id)).rejects.toMatchObject(refused)
  await expect(asActor(mine.people.owner, null, theirs.id)).rejects.toMatchObject(refused)
  await expect(asActor(memberOfBoth, mine.id, theirs.id)).rejects.toMatchObject(refused)
  await expect(doors().withWorkspace(mine.id, enqueue(theirs.id))).rejects.toMatchObject(refused)
  await expect(withoutDoor.transaction().execute(enqueue(mine.id))).rejects.toMatchObject(refused)
})

test('nothing of a door is left on the connection that it used', async () => {
  const { mine, world } = matrix
  const pool = createPool(appLogin(world), { name: 'one', max: 1, log: createLog('silent') })
  const db = createKysely(pool)
  try {
    await createDoors(db).withActor(
      { userId: mine.people.owner },
      mine.id,
      (tx) => tx.selectFrom('content').select('text').execute(),
      { reads: ['audit_log'] },
    )
    await expect(
      db.withSchema('public').selectFrom('content').select('text').execute(),
    ).rejects.toMatchObject(refused)
    const { rows } = await sql`
      select current_setting('request.jwt.claims', true) jwt, current_setting('app.workspace_id', true) workspace,
        current_setting('app.opened_workspace', true) opened, current_setting('app.opened_as', true) opened_as,
        current_setting('app.told_reads', true) told,
        current_user::text role`.execute(db)
    expect(rows).toEqual([
      { jwt: '', workspace: '', opened: '', opened_as: '', told: '', role: 'heliograph_app' },
    ])
  } finally {
    await db.destroy()
  }
})

test('one statement on one connection shows each who comes only theirs, however often it was planned for others', async () => {
  const { mine, theirs, world, memberless } = matrix
  const pool = createPool(appLogin(world), { name: 'one', max: 1, log: createLog('silent') })
  const db = createKysely(pool)
  const { withActor, withWorkspace, withDispatch } = createDoors(db)
  const seen = async (tx: Tx) => {
    const rows = await tx
      .selectFrom('publications')
      .select('workspace_id')
      .where('workspace_id', 'in', [mine.id, theirs.id])
      .execute()
    return [...new Set(rows.map(({ workspace_id }) => workspace_id))].sort()
  }
  try {
    // More often than PostgreSQL plans a prepared statement anew for its values.
    for (let round = 0; round < 8; round++) {
      expect(await withActor({ userId: mine.people.viewer }, mine.id, seen)).toEqual([mine.id])
      expect(await withActor({ userId: mine.people.viewer }, theirs.id, seen)).toEqual([])
      expect(await withActor({ userId: theirs.people.owner }, theirs.id, seen)).toEqual([theirs.id])
      expect(await withActor({ userId: mine.people.artist }, mine.id, seen)).toEqual([])
      expect(await withActor({ userId: memberless }, mine.id, seen)).toEqual([])
      expect(await withActor({ userId: mine.people.owner, apiKeyId: randomUUID() }, mine.id, seen)).toEqual(
        [],
      )
      expect(await withWorkspace(theirs.id, seen)).toEqual([theirs.id])
      expect(await withDispatch(seen)).toEqual([mine.id, theirs.id].sort())
    }
    const { rows } = await sql<{ names: number }>`
      select count(*)::int as names from pg_prepared_statements where statement like '%"publications"%'`.execute(
      db,
    )
    expect(rows).toEqual([{ names: 1 }])
  } finally {
    await db.destroy()
  }
})

test('whoever is shut out of a workspace sees nothing of it from the next transaction on', async () => {
  const { mine, world } = matrix
  const { manager } = mine.people
  const read = () =>
    doors().withActor({ userId: manager }, mine.id, async (tx) => {
      const rows = await tx.selectFrom('content').select('id').execute()
      return rows.length
    })
  expect(await read()).toBe(2)
  const [membership] = await world.query(
    'delete from workspace_members where workspace_id = $1 and user_id = $2 returning *',
    [mine.id, manager],
  )
  expect(await read()).toBe(0)
  await world.query(
    'insert into workspace_members select * from jsonb_populate_record(null::workspace_members, $1)',
    [JSON.stringify(membership)],
  )
  expect(await read()).toBe(2)
})

test('whoever is shut out of the installation enters no workspace, not even the list of theirs', async () => {
  const { mine, world } = matrix
  const { editor } = mine.people
  const sees = (workspaceId: string | null) =>
    doors().withActor({ userId: editor }, workspaceId, async (tx) => [
      (await tx.selectFrom('content').select('id').execute()).length,
      (await tx.selectFrom('workspaces').select('id').execute()).length,
    ])
  expect([await sees(mine.id), await sees(null)]).toEqual([
    [2, 1],
    [0, 1],
  ])
  await world.query('update users set is_active = false where id = $1', [editor])
  expect([await sees(mine.id), await sees(null)]).toEqual([
    [0, 0],
    [0, 0],
  ])
  await world.query('update users set is_active = true where id = $1', [editor])
})

test('claims alone open nothing: a request that comes past the door sees oneself and the names of its workspaces', async () => {
  const { mine, withoutDoor, world } = matrix
  const { owner } = mine.people
  await world.query('insert into user_profiles (user_id) values ($1) on conflict do nothing', [owner])
  const sees = (claims: object) =>
    withoutDoor.transaction().execute(async (tx) => {
      await sql`select set_config('request.jwt.claims', ${JSON.stringify(claims)}, true),
        set_config('role', 'authenticated', true)`.execute(tx)
      const counts: Record<string, number> = {}
      for (const table of ['content', 'workspaces', 'workspace_members', 'users', 'user_profiles'])
        counts[table] = (await attempt(tx, `select count(*) n from (select 1 from ${table}) rows`)).rows
      return counts
    })
  const person = { sub: owner, workspace_id: mine.id }
  expect(await sees(person)).toEqual({
    content: 0,
    workspaces: 1,
    workspace_members: 1,
    users: 1,
    user_profiles: 1,
  })
  expect(await sees({ ...person, api_key_id: randomUUID() })).toEqual({
    content: 0,
    workspaces: 0,
    workspace_members: 0,
    users: 1,
    user_profiles: 0,
  })
})

test('an account in use never loses its tokens, neither to nothing nor to an empty one', async () => {
  const { mine } = matrix
  for (const column of ['access_token_encrypted', 'refresh_token_encrypted']) {
    for (const value of ['null', `''`]) {
      const update = `update social_accounts set ${column} = ${value} where workspace_id = '${mine.id}'`
      await doors().withActor({ userId: mine.people.owner }, mine.id, async (tx) => {
        expect(await attempt(tx, update), update).toEqual({ rows: 0, error: '23514' })
      })
      await doors().withWorkspace(mine.id, async (tx) => {
        expect(await attempt(tx, update), update).toEqual({ rows: 0, error: '23514' })
      })
    }
  }
})
