/** Heliograph on a Supabase project: nothing that the platform opens by default stays open, and nothing of its own changes. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLog } from '../../src/infra/log.ts'
import { createDoors, type Doors } from '../../src/infra/postgres/doors.ts'
import { makeDataRoot, startHere } from '../../src/infra/postgres/embedded-fixture.ts'
import { appLoginRole, migratePostgres } from '../../src/infra/postgres/migrate.ts'
import { createKysely, createPool, type Login } from '../../src/infra/postgres/pool.ts'
import { listDuePublications } from '../../src/modules/publishing/queries-publications.ts'
import { allChecks, roleChecks } from './catalogue-checks.ts'
import { lintChecks } from './lints.ts'
import { createPlainDatabase, createSupabaseDatabase, projectOwner } from './supabase-database.ts'

const directory = fileURLToPath(new URL('../../migrations/postgres', import.meta.url))
const log = createLog('silent')
const appPassword = 'the password of the application'
const alice = '01890000-0000-7000-8000-00000000a11c'
// Signed up in the project's own Auth, and nobody here.
const stranger = '00000000-0000-4000-8000-00000000cafe'
const cleanUps: (() => Promise<void>)[] = []
let supabase: pg.Client
let plain: pg.Client
let owner: Login
let doors: Doors
let workspaceId: string
let platformBefore: unknown
let applied: number

// A cluster of its own: the roles that a platform brings belong to the cluster.
beforeAll(async () => {
  const root = await makeDataRoot((cleanUp) => cleanUps.unshift(cleanUp))
  const { url } = await startHere(join(root, 'postgres'), (cleanUp) => cleanUps.unshift(cleanUp))
  owner = await createSupabaseDatabase({ url }, 'project')
  const ordinary = await createPlainDatabase({ url }, 'ordinary')
  supabase = await connect(url, 'project')
  platformBefore = await platformState()
  applied = (await migrate(owner)).applied
  await migrate(ordinary)
  plain = await connect(url, 'ordinary')
  const pool = createPool(
    { url: owner.url, user: appLoginRole, password: appPassword },
    { name: 'test', max: 4, log },
  )
  cleanUps.unshift(() => pool.end())
  doors = createDoors(createKysely(pool))
  await supabase.query(
    `insert into public.users (id, name, email) values ($1, 'Alice', 'alice@example.com')`,
    [alice],
  )
  workspaceId = await doors.withActor({ userId: alice }, null, async (tx) => {
    const { rows } = await sql<{
      id: string
    }>`select app.create_workspace('Label', 'label', 'UTC') as id`.execute(tx)
    return rows[0]?.id ?? ''
  })
  await doors.withActor({ userId: alice }, workspaceId, async (tx) => {
    await sql`insert into content (workspace_id, text) values (${workspaceId}, 'sunrise')`.execute(tx)
  })
})
afterAll(async () => {
  for (const cleanUp of cleanUps) await cleanUp()
})

const migrate = (login: Login) =>
  migratePostgres({ owner: login, appPassword, keyIds: ['key-1'], directory, log })

async function connect(url: string, database: string): Promise<pg.Client> {
  const address = new URL(url)
  address.pathname = `/${database}`
  const client = new pg.Client({ connectionString: address.href })
  await client.connect()
  cleanUps.unshift(() => client.end())
  return client
}

/** What belongs to the platform: its functions, tables, schemas and roles with what they are granted. */
async function platformState(): Promise<unknown> {
  const { rows } = await supabase.query(
    `select 'function' as kind, p.oid::regprocedure::text as name, p.proowner::regrole::text as owner, md5(p.prosrc) as text,
       p.proacl::text as acl from pg_proc p where p.pronamespace = 'auth'::regnamespace
     union all select 'table', c.relname, c.relowner::regrole::text, null, c.relacl::text
       from pg_class c where c.relnamespace = 'auth'::regnamespace
     union all select 'schema', nspname, nspowner::regrole::text, null, nspacl::text
       from pg_namespace where nspname in ('auth', 'extensions')
     union all select 'role', rolname, null, concat_ws(' ', rolsuper, rolbypassrls, rolinherit, rolcanlogin, rolcreaterole), null
       from pg_roles where rolname in ('anon', 'authenticated', 'service_role', 'authenticator', 'supabase_auth_admin', $1)
     order by 1, 2`,
    [projectOwner],
  )
  return rows
}

/** Runs queries of the platform's API: as its role, with the claims of its token. */
async function asPlatformRole<T>(role: string, claims: object | null, work: () => Promise<T>): Promise<T> {
  await supabase.query('begin')
  try {
    await supabase.query(`select set_config('request.jwt.claims', $1, true), set_config('role', $2, true)`, [
      claims ? JSON.stringify(claims) : '',
      role,
    ])
    return await work()
  } finally {
    await supabase.query('rollback')
  }
}

/** Every privilege on our relations and functions, by whom it is held. */
async function grants(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ held: string }>(
    `with ours as (select oid, nspname from pg_namespace where nspname in ('public', 'app', 'analytics', 'ml_data', 'partitions')),
     acls as (
       select c.oid::regclass::text as name, c.relowner as owner, c.relacl as acl
         from pg_class c join ours on ours.oid = c.relnamespace where c.relacl is not null
       union all select format('%s (%s)', a.attrelid::regclass, a.attname), c.relowner, a.attacl
         from pg_attribute a join pg_class c on c.oid = a.attrelid join ours on ours.oid = c.relnamespace
         where a.attacl is not null
       union all select p.oid::regprocedure::text, p.proowner, coalesce(p.proacl, acldefault('f', p.proowner))
         from pg_proc p join ours on ours.oid = p.pronamespace)
     select concat_ws(' ', acls.name, g.privilege_type, coalesce(r.rolname, 'everybody')) as held
     from acls cross join lateral aclexplode(acls.acl) g left join pg_roles r on r.oid = g.grantee
     where g.grantee <> acls.owner order by 1`,
  )
  return rows.map(({ held }) => held)
}

/** Our tables and views, and whether the role may read something of them at all. */
const ourTables = async (role: string) => {
  const { rows } = await supabase.query<{ name: string; readable: boolean }>(
    `select c.oid::regclass::text as name,
       has_any_column_privilege($1, c.oid, 'select') and has_schema_privilege($1, n.oid, 'usage') as readable
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname in ('public', 'analytics', 'ml_data', 'app', 'partitions') and c.relkind in ('r', 'p', 'v', 'm')`,
    [role],
  )
  return rows
}

test('every migration is applied by a role that is no superuser, and a second run applies nothing', async () => {
  const { rows } = await supabase.query<{ rolsuper: boolean; numbers: number }>(
    `select rolsuper, (select count(*)::int from app.schema_migrations) as numbers from pg_roles where rolname = $1`,
    [projectOwner],
  )
  expect(rows).toEqual([{ rolsuper: false, numbers: applied }])
  expect(applied).toBeGreaterThan(20)
  expect(await migrate(owner)).toEqual({ applied: 0 })
})

const expectedFindings: Readonly<Record<string, readonly string[]>> = {
  [roleChecks.present.rule]: ['heliograph_owner is missing'],
}

test.each([...allChecks, ...Object.values(lintChecks)])('$rule, there too', async ({ rule, findings }) => {
  expect(await findings(supabase)).toEqual(expectedFindings[rule] ?? [])
})

test('every privilege is what it is on an ordinary database', async () => {
  const ordinary = await grants(plain)
  expect(ordinary.length).toBeGreaterThan(500)
  expect(await grants(supabase)).toEqual(ordinary)
})

test('a table made later is not opened by default', async () => {
  await supabase.query('begin')
  try {
    await supabase.query(`set local role ${projectOwner}`)
    await supabase.query('create table public.later (id bigint generated always as identity primary key)')
    const { rows } = await supabase.query(`select relname, relacl from pg_class where relname ~ '^later'`)
    expect(rows.map(({ relacl }) => relacl)).toEqual(rows.map(() => null))
    expect(rows.length).toBeGreaterThan(1)
  } finally {
    await supabase.query('rollback')
  }
})

test('anon reads no table of ours and executes no function of ours', async () => {
  for (const { name } of await ourTables('anon')) {
    const refused = asPlatformRole('anon', null, () => supabase.query(`select from ${name} limit 1`))
    await expect(refused, name).rejects.toMatchObject({ code: '42501' })
  }
  const { rows } = await supabase.query<{ name: string }>(
    `select p.oid::regprocedure::text as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where n.nspname in ('public', 'app', 'analytics', 'ml_data')
       and has_function_privilege('anon', p.oid, 'execute') and has_schema_privilege('anon', n.oid, 'usage')`,
  )
  expect(rows).toEqual([])
})

test.each([
  ['without claims', null],
  ['with the token of somebody who is in no workspace', { sub: stranger, role: 'authenticated' }],
])('authenticated %s sees no row of any table', async (_whose, claims) => {
  const readable = (await ourTables('authenticated')).filter((table) => table.readable)
  expect(readable.length).toBeGreaterThan(30)
  const seen: string[] = []
  for (const { name } of readable) {
    const { rowCount } = await asPlatformRole('authenticated', claims, () =>
      supabase.query(`select from ${name} limit 1`),
    )
    if (rowCount) seen.push(name)
  }
  expect(seen).toEqual([])
})

test('authenticated cannot truncate', async () => {
  const truncated = asPlatformRole('authenticated', { sub: alice }, () =>
    supabase.query('truncate content cascade'),
  )
  await expect(truncated).rejects.toMatchObject({ code: '42501' })
})

test('the doors open exactly what they open elsewhere', async () => {
  const texts = (tx: Parameters<Parameters<Doors['withDispatch']>[0]>[0]) =>
    sql<{ text: string }>`select text from content`
      .execute(tx)
      .then(({ rows }) => rows.map(({ text }) => text))
  expect(await doors.withActor({ userId: alice }, workspaceId, texts)).toEqual(['sunrise'])
  expect(await doors.withActor({ userId: stranger }, workspaceId, texts)).toEqual([])
  expect(await doors.withWorkspace(workspaceId, texts)).toEqual(['sunrise'])
  expect(await doors.withWorkspace(stranger, texts)).toEqual([])
  expect(
    await doors.withDispatch((tx) =>
      sql<{ id: string }>`select id from workspaces`.execute(tx).then(({ rows }) => rows.map(({ id }) => id)),
    ),
  ).toEqual([workspaceId])
})

test('what is due in a generated workspace is not found, though the platform lets its own service role see everything', async () => {
  const due = async (generated: boolean) => {
    const name = generated ? 'generated' : 'real'
    await supabase.query(
      `with w as (insert into public.workspaces (name, slug, time_zone, generated_at)
           values ($1, $1, 'UTC', case when $2 then now() end) returning id),
         a as (insert into public.social_accounts (workspace_id, platform, platform_account_id, username, service_url,
             status, access_token_encrypted, refresh_token_encrypted)
           select id, 'bluesky', $1, $1, 'https://a.example', case when $2 then 'disconnected' else 'active' end::account_status,
             case when not $2 then 'x' end, case when not $2 then 'y' end from w returning workspace_id, id),
         c as (insert into public.content (workspace_id, text, status) select id, $1, 'scheduled' from w returning workspace_id, id)
       insert into public.publications (workspace_id, content_id, social_account_id, status, scheduled_for, due_at)
       select c.workspace_id, c.id, a.id, 'scheduled', now(), now() from a, c`,
      [name, generated],
    )
  }
  await due(true)
  await due(false)
  const { rows } = await supabase.query<{ id: string }>(
    `select id from public.workspaces where slug = 'real'`,
  )
  const found = await doors.withDispatch(listDuePublications)
  expect(found.map((each) => each.workspaceId)).toEqual(rows.map(({ id }) => id))
})

test('a job and a person search and see the views, though the schema auth belongs to the platform', async () => {
  await supabase.query('select analytics.refresh_all_materialized_views()')
  const found = (tx: Parameters<Parameters<Doors['withDispatch']>[0]>[0]) =>
    sql<{ found: number; seen: number }>`
      select (select count(*)::int from app.search_content(${workspaceId}, 'sunrise')) as found,
        (select count(*)::int from analytics.workspace_summary) as seen`
      .execute(tx)
      .then(({ rows }) => rows[0])
  // The job first: a connection on which somebody has called a function does not look its names up again.
  expect(await doors.withWorkspace(workspaceId, found)).toEqual({ found: 1, seen: 1 })
  expect(await doors.withActor({ userId: alice }, workspaceId, found)).toEqual({ found: 1, seen: 1 })
  expect(await doors.withWorkspace(stranger, found)).toEqual({ found: 0, seen: 0 })
})

test('an API key makes and joins no workspace, though the owner of the functions stands above the policies', async () => {
  const { rows } = await supabase.query<{ id: string }>(
    `insert into public.api_keys (workspace_id, name, shown_prefix, secret_hash, role, scopes, created_by)
     values ($1, 'key', 'hg_key', sha256('a key'), 'admin', '{content:write}', $2) returning id`,
    [workspaceId, alice],
  )
  await supabase.query(
    `insert into public.workspace_invitations (workspace_id, email, role, token_hash, expires_at)
     values ($1, 'alice@example.com', 'viewer', sha256('a link'), now() + interval '1 day')`,
    [workspaceId],
  )
  const claims = { sub: alice, role: 'authenticated', workspace_id: workspaceId, api_key_id: rows[0]?.id }
  const calls = [
    `select app.create_workspace('Another', 'another', 'UTC')`,
    `select outcome from app.accept_invitation(sha256('a link'))`,
  ]
  for (const call of calls) {
    const asKey = asPlatformRole('authenticated', claims, () => supabase.query(call))
    await expect(asKey, call).rejects.toMatchObject({ code: '42501' })
    const asPerson = asPlatformRole('authenticated', { sub: alice }, () => supabase.query(call))
    expect((await asPerson).rowCount, call).toBe(1)
  }
})

test("what is the platform's stays as it was", async () => {
  expect(await platformState()).toEqual(platformBefore)
})
