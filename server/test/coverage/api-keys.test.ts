import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Matrix, openMatrix } from '../security/matrix-visits.ts'

let matrix: Matrix
beforeAll(async () => {
  matrix = await openMatrix()
})
afterAll(() => matrix.close())

/** What a request with an API key of this role, for everything, sees and may write in each workspace. */
async function asKey(userId: string, role: string, workspaceId: string) {
  const [key] = await matrix.world.query<{ id: string }>(
    `insert into api_keys (workspace_id, name, shown_prefix, secret_hash, role, scopes, created_by)
     values ($1, 'k', 'hg_12345', sha256(gen_random_uuid()::text::bytea), $2, enum_range(null::api_scope), $3)
     returning id`,
    [workspaceId, role, userId],
  )
  const actor = { userId, apiKeyId: key?.id ?? '' }
  return matrix.world.app.services.doors.withActor(actor, workspaceId, async (tx) => {
    const { rows } = await sql<{ mine: number; theirs: number; changed: number }>`
      with changed as (
        update content set status = 'review' where workspace_id = ${matrix.mine.id} and id = ${matrix.mine.draftId}
        returning 1)
      select (select count(*)::int from content where workspace_id = ${matrix.mine.id}) as mine,
        (select count(*)::int from content where workspace_id = ${matrix.theirs.id}) as theirs,
        (select count(*)::int from changed) as changed`.execute(tx)
    return rows[0]
  })
}

test('a key does no more than its own role, whatever its person may', async () => {
  const { mine } = matrix
  expect(await asKey(mine.people.owner, 'viewer', mine.id)).toMatchObject({ changed: 0, mine: 2 })
  expect(await asKey(mine.people.owner, 'editor', mine.id)).toMatchObject({ changed: 1 })
  expect(await asKey(mine.people.owner, 'artist', mine.id)).toMatchObject({ mine: 0, changed: 0 })
})

test('a key does no more than its person, whatever its own role', async () => {
  const { mine } = matrix
  expect(await asKey(mine.people.viewer, 'admin', mine.id)).toMatchObject({ mine: 2, changed: 0 })
})

test('a key opens its one workspace, also where its person has several', async () => {
  const { mine, theirs, memberOfBoth } = matrix
  expect(await asKey(memberOfBoth, 'admin', mine.id)).toMatchObject({ mine: 2, theirs: 0 })
  expect(await asKey(memberOfBoth, 'admin', theirs.id)).toMatchObject({ mine: 0, theirs: 2, changed: 0 })
})

test('a key is found until it is revoked or expired, or its person has left', async () => {
  const { mine, world } = matrix
  const [person] = await world.query<{ id: string }>(
    `insert into users (name, email) values ('key', 'key@example.com') returning id`,
  )
  await world.query(`insert into workspace_members (workspace_id, user_id, role) values ($1, $2, 'editor')`, [
    mine.id,
    person?.id,
  ])
  await world.query(
    `insert into api_keys (workspace_id, name, shown_prefix, secret_hash, role, scopes, created_by)
     values ($1, 'k', 'hg_12345', sha256('the key'), 'admin', '{content:read}', $2)`,
    [mine.id, person?.id],
  )
  const found = () => world.query<{ role: string }>(`select role from app.find_api_key(sha256('the key'))`)
  expect(await found()).toEqual([{ role: 'editor' }])
  for (const [left, back] of [
    [`update api_keys set revoked_at = now()`, `update api_keys set revoked_at = null`],
    [`update api_keys set expires_at = now()`, `update api_keys set expires_at = null`],
    [`update users set is_active = false`, `update users set is_active = true`],
    [`delete from workspace_members where role = 'editor'`, ''],
  ]) {
    await world.query(left ?? '')
    expect(await found(), left).toEqual([])
    if (back) {
      await world.query(back)
      expect(await found(), back).toHaveLength(1)
    }
  }
})
