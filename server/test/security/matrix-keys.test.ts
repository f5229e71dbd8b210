/** API keys in the hands of somebody who wants more of them than they give. */
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Tx } from '../../src/infra/postgres/doors.ts'
import type { Scope } from './matrix-scopes.ts'
import { attempt } from './matrix-tries.ts'
import { type Matrix, openMatrix } from './matrix-visits.ts'

const permissionDenied = '42501'

let matrix: Matrix
beforeAll(async () => {
  matrix = await openMatrix()
})
afterAll(() => matrix.close())

async function makeKey(maker: string, scopes: readonly Scope[]): Promise<string> {
  const id = randomUUID()
  await matrix.world.query(
    `insert into api_keys (workspace_id, id, name, shown_prefix, secret_hash, role, scopes, created_by)
     values ($1, $2, 'k', 'hg_12345', sha256(gen_random_uuid()::text::bytea), 'admin', $3::api_scope[], $4)`,
    [matrix.mine.id, id, `{${scopes}}`, maker],
  )
  return id
}

const asKey = <T>(apiKeyId: string, work: (tx: Tx) => Promise<T>, userId = matrix.mine.people.owner) =>
  matrix.world.app.services.doors.withActor({ userId, apiKeyId }, matrix.mine.id, work)
const seen = async (tx: Tx, table: string) =>
  (await attempt(tx, `select count(workspace_id) n from ${table}`)).rows

test.each([
  ['revoked', `update api_keys set revoked_at = now() where id = $1`],
  ['expired', `update api_keys set expires_at = now() - interval '1 second' where id = $1`],
  ['deleted', `delete from api_keys where id = $1`],
  [
    'of somebody who is shut out of the installation',
    `update users set is_active = false where id = (select created_by from api_keys where id = $1)`,
  ],
  [
    'of somebody who has left the workspace',
    `delete from workspace_members where user_id = (select created_by from api_keys where id = $1)`,
  ],
])('a key that is %s sees and does nothing from then on, also within its transaction', async (_, end) => {
  const { mine, world } = matrix
  const maker = mine.people.manager
  const [membership] = await world.query('select * from workspace_members where user_id = $1', [maker])
  const key = await makeKey(maker, ['content:read', 'content:write'])
  const sees = async (tx: Tx) => ({
    content: await seen(tx, 'content'),
    members: await seen(tx, 'workspace_members'),
    people: (await attempt(tx, 'select count(id) n from users')).rows,
    written: await attempt(tx, `update content set title = 'x' where workspace_id = '${mine.id}'`),
    enqueued: await attempt(
      tx,
      `select count(*) n from (select app.enqueue_job('t', '{"workspaceId": "${mine.id}"}')) q`,
    ),
  })
  await asKey(
    key,
    async (tx) => {
      expect(await sees(tx)).toEqual({
        content: 2,
        members: 1,
        people: 1,
        written: { rows: 2 },
        enqueued: { rows: 1 },
      })
      await world.query(end, [key])
      expect(await sees(tx)).toEqual({
        content: 0,
        members: 0,
        people: 0,
        written: { rows: 0 },
        enqueued: { rows: 0, error: permissionDenied },
      })
    },
    maker,
  )
  await world.query('update users set is_active = true')
  await world.query(
    `insert into workspace_members select * from jsonb_populate_record(null::workspace_members, $1) on conflict do nothing`,
    [JSON.stringify(membership)],
  )
})

test('who is more than an artist sees no royalties for being one as well, neither as a person nor by a key', async () => {
  const { mine, world } = matrix
  const { viewer } = mine.people
  const link = (artist: string | null) =>
    world.query('update workspace_members set artist_id = $1 where user_id = $2', [artist, viewer])
  const sees = async (tx: Tx) => [await seen(tx, 'royalty_statements'), await seen(tx, 'royalty_lines')]
  await link(mine.modelIds['artists: oneself'] ?? null)
  const key = await makeKey(viewer, ['royalties:read'])
  const { withActor } = world.app.services.doors
  const telling = { reads: ['royalty_statements', 'royalty_lines'] } as const
  expect(await withActor({ userId: viewer, apiKeyId: key }, mine.id, sees, telling)).toEqual([0, 0])
  expect(await withActor({ userId: viewer }, mine.id, sees, telling)).toEqual([0, 0])
  await link(null)
})

test('a key is worth no more than its maker is when it asks', async () => {
  const { mine } = matrix
  const maker = mine.people.editor
  const key = await makeKey(maker, ['content:read', 'content:write'])
  const write = `update content set title = 'x' where workspace_id = '${mine.id}'`
  const worth = () =>
    asKey(
      key,
      async (tx) => {
        const { rows } = await sql<{ role: string }>`select app.role_in(${mine.id}) as role`.execute(tx)
        return { role: rows[0]?.role, seen: await seen(tx, 'content'), written: await attempt(tx, write) }
      },
      maker,
    )
  const setRole = (role: string) =>
    matrix.world.query('update workspace_members set role = $1 where workspace_id = $2 and user_id = $3', [
      role,
      mine.id,
      maker,
    ])
  expect(await worth()).toEqual({ role: 'editor', seen: 2, written: { rows: 2 } })
  await setRole('viewer')
  expect(await worth()).toEqual({ role: 'viewer', seen: 2, written: { rows: 0 } })
  await setRole('artist')
  expect(await worth()).toEqual({ role: 'artist', seen: 0, written: { rows: 0 } })
  await setRole('editor')
})

test('a key that writes content plans nothing, and one that plans writes no publication away from others', async () => {
  const { mine } = matrix
  const where = `where workspace_id = '${mine.id}' and id = '${mine.publicationId}'`
  const plan = `update publications set status = 'scheduled', due_at = now() ${where}`
  await asKey(await makeKey(mine.people.owner, ['content:write']), async (tx) => {
    expect(await attempt(tx, plan)).toEqual({ rows: 0, error: permissionDenied })
    // It locks them before it changes the text, and so notices what is on its way.
    expect(await attempt(tx, `select 1 as n from publications ${where} for update`)).toEqual({ rows: 1 })
  })
  await asKey(await makeKey(mine.people.owner, ['publications:write']), async (tx) => {
    expect(await attempt(tx, plan)).toEqual({ rows: 1 })
  })
  await asKey(await makeKey(mine.people.owner, ['content:read']), async (tx) => {
    expect(await attempt(tx, plan)).toEqual({ rows: 0 })
  })
})

test('nobody makes a key in the name of somebody else, and no key makes or revives one', async () => {
  const { mine } = matrix
  const { owner, admin } = mine.people
  const insert = (createdBy: string) =>
    `insert into api_keys (workspace_id, name, shown_prefix, secret_hash, role, scopes, created_by)
     values ('${mine.id}', 'new', 'hg_12345', sha256('new'), 'admin', '{content:read}', '${createdBy}')`
  const { doors } = matrix.world.app.services
  await doors.withActor({ userId: admin }, mine.id, async (tx) => {
    expect(await attempt(tx, insert(admin))).toEqual({ rows: 1 })
    expect(await attempt(tx, insert(owner))).toEqual({ rows: 0, error: permissionDenied })
  })
  const key = await makeKey(owner, ['accounts:write', 'content:write'])
  await asKey(key, async (tx) => {
    expect(await attempt(tx, insert(owner))).toEqual({ rows: 0, error: permissionDenied })
    expect(await attempt(tx, `update api_keys set revoked_at = null`)).toEqual({ rows: 0 })
  })
})

test('a key does not follow an invitation of its maker to another workspace', async () => {
  const { mine, theirs, world } = matrix
  const maker = mine.people.manager
  await world.query(
    `insert into workspace_invitations (workspace_id, email, role, token_hash, expires_at)
     select $1, email, 'viewer', sha256('come'), now() + interval '1 day' from users where id = $2`,
    [theirs.id, maker],
  )
  const accept = `select count(workspace_id) n from app.accept_invitation(sha256('come'))`
  const key = await makeKey(maker, ['content:read', 'content:write'])
  expect(await asKey(key, (tx) => attempt(tx, accept), maker)).toEqual({ rows: 0, error: permissionDenied })
  const asPerson = await world.app.services.doors.withActor({ userId: maker }, null, (tx) =>
    attempt(tx, accept),
  )
  expect(asPerson).toEqual({ rows: 1 })
})

test('of people a key sees its maker alone, and nothing of their preferences', async () => {
  const { owner } = matrix.mine.people
  await matrix.world.query('insert into user_profiles (user_id) values ($1) on conflict do nothing', [owner])
  const key = await makeKey(owner, ['content:read', 'accounts:read', 'analytics:read'])
  await asKey(key, async (tx) => {
    const people = await tx.selectFrom('users').select('id').execute()
    expect(people).toEqual([{ id: owner }])
    expect(await attempt(tx, 'select count(user_id) n from user_profiles')).toEqual({ rows: 0 })
    expect(await attempt(tx, 'delete from user_profiles')).toEqual({ rows: 0 })
  })
})

test('the audit log names the key beside its maker', async () => {
  const { mine } = matrix
  const key = await makeKey(mine.people.owner, ['content:write'])
  await asKey(key, async (tx) => {
    await sql`update content set title = 'by a key' where workspace_id = ${mine.id} and id = ${mine.draftId}`.execute(
      tx,
    )
  })
  const lines = await matrix.world.query(
    `select user_id, acted_as from audit_log where workspace_id = $1 and api_key_id = $2 and row_id = $3`,
    [mine.id, key, mine.draftId],
  )
  expect(lines).toEqual([{ user_id: mine.people.owner, acted_as: 'api_client' }])
})

/** Tables that a request may reach by a command for which no policy asks a key for a scope. */
const openToKeys = `
  select c.oid::regclass || ': ' || command.name as finding
  from pg_class c
  cross join (values ('SELECT', 'r'), ('INSERT', 'a'), ('UPDATE', 'w'), ('DELETE', 'd')) as command (name, letter)
  where c.relkind in ('r', 'p') and (has_table_privilege('authenticated', c.oid, command.name)
      or (command.name <> 'DELETE' and has_any_column_privilege('authenticated', c.oid, command.name)))
    and c.relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
    and not exists (select from pg_policy p where p.polrelid = c.oid and not p.polpermissive
      and p.polcmd in ('*', command.letter::"char") and 'api_client'::regrole = any (p.polroles))
  order by 1`

test('every table that a request may reach is closed to keys, until it names a scope', async () => {
  expect(await matrix.world.query(openToKeys)).toEqual([])
})

test('a new table is closed to keys by the way in which tenant tables are protected', async () => {
  const { mine } = matrix
  const key = await makeKey(mine.people.owner, ['content:read'])
  const client = matrix.copying
  await client.query('begin')
  try {
    await client.query(`create table public.new_one (workspace_id uuid primary key);
      select app.protect_tenant_table('public.new_one', 'viewer', 'editor');
      insert into public.new_one values ('${mine.id}');
      grant select on public.new_one to authenticated`)
    expect((await client.query(openToKeys)).rows).toEqual([])
    const countAs = async (claims: object) => {
      await client.query(`select set_config('role', app.enter($1), true)`, [JSON.stringify(claims)])
      const { rows } = await client.query('select count(*)::int as n from public.new_one')
      await client.query('reset role')
      return rows[0]?.n
    }
    const person = { sub: mine.people.owner, workspace_id: mine.id }
    expect(await countAs(person)).toBe(1)
    expect(await countAs({ ...person, api_key_id: key })).toBe(0)
    await client.query(`drop policy key_select on public.new_one`)
    expect((await client.query(openToKeys)).rows).toEqual([{ finding: 'new_one: SELECT' }])
  } finally {
    await client.query('rollback')
  }
})

test('what belongs to the installation is read by its operators, and by no key of theirs', async () => {
  const { mine, superAdmin, world } = matrix
  await world.query(`insert into app.maintenance_duties (name) values ('a_duty')`)
  const { doors } = world.app.services
  const duties = (userId: string, apiKeyId?: string) =>
    doors.withActor({ userId, ...(apiKeyId ? { apiKeyId } : {}) }, apiKeyId ? mine.id : null, async (tx) => {
      const { rows } = await attempt(tx, 'select count(*) n from app.maintenance_duties')
      return rows
    })
  expect(await duties(superAdmin)).toBe(1)
  expect(await duties(mine.people.owner)).toBe(0)
  // The viewer of the matrix operates the installation, too.
  expect(await duties(mine.people.viewer)).toBe(1)
  expect(await duties(mine.people.viewer, await makeKey(mine.people.viewer, ['analytics:read']))).toBe(0)
})
