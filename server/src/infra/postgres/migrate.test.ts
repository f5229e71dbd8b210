import { appendFile, cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createLog } from '../log.ts'
import { createOwnedDatabase } from './create-database.ts'
import { makeDataRoot, startHere } from './embedded-fixture.ts'
import { appLoginRole, migratePostgres } from './migrate.ts'
import { type Login, loginUrl } from './pool.ts'

// A cluster of its own: roles belong to the cluster, and these tests change their passwords.
const shipped = fileURLToPath(new URL('../../../migrations/postgres', import.meta.url))
const log = createLog('silent')
const template = 'migrated'
const ownerPassword = 'owner password'
const appPassword = "the application's p@ssword"
const cleanUps: (() => Promise<void>)[] = []
let superuser: Login
let counter = 0

beforeAll(async () => {
  const root = await makeDataRoot((cleanUp) => cleanUps.unshift(cleanUp))
  const postgres = await startHere(join(root, 'postgres'), (cleanUp) => cleanUps.unshift(cleanUp))
  superuser = { url: postgres.url }
  await migrate(await createOwnedDatabase(superuser, ownerPassword, template))
})
afterAll(async () => {
  for (const cleanUp of cleanUps) await cleanUp()
})

const freshDatabase = (number = ++counter) =>
  createOwnedDatabase(superuser, ownerPassword, `migrate_${number}`)

/** As the shipped migrations left it: a copy, because they take seconds. */
async function migratedDatabase(): Promise<Login> {
  await query(superuser, `create database migrate_${++counter} template ${template} owner heliograph_owner`)
  return freshDatabase(counter)
}

/** The shipped migrations in a directory that a test may change. */
async function copyOfMigrations(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'migrations-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  await cp(shipped, directory, { recursive: true })
  return directory
}

const migrate = (
  owner: Login,
  directory = shipped,
  password = appPassword,
  keyIds: readonly [string, ...string[]] = ['key-1'],
) => migratePostgres({ owner, appPassword: password, keyIds, directory, log })

/** One statement on a connection of its own; as the superuser unless told otherwise. */
async function query<Row extends pg.QueryResultRow>(database: Login, sql: string, as = superuser) {
  const url = new URL(loginUrl(as))
  url.pathname = new URL(database.url).pathname
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  try {
    return (await client.query<Row>(sql)).rows
  } finally {
    await client.end()
  }
}

const shippedNumbers = async () =>
  (await readdir(shipped)).filter((name) => name.endsWith('.sql')).map((name) => Number(name.slice(0, 4)))
const appliedNumbers = async (database: Login) =>
  (
    await query<{ number: number }>(
      database,
      'select number from app.schema_migrations order by applied_at, number',
    )
  ).map(({ number }) => number)

test('an empty database gets every migration in order, and the queue', async () => {
  const database = await freshDatabase()
  expect(await migrate(database)).toEqual({ applied: (await shippedNumbers()).length })
  expect(await appliedNumbers(database)).toEqual(
    (await shippedNumbers()).toSorted((one, other) => one - other),
  )
  const tables = await query<{ queue: string | null; content: string | null }>(
    database,
    `select to_regclass('public.content') content, to_regclass('graphile_worker.jobs') queue`,
  )
  expect(tables).toEqual([{ content: 'content', queue: 'graphile_worker.jobs' }])
})

test('a second run applies nothing and changes no row', async () => {
  const database = await migratedDatabase()
  await query(database, `insert into users (name, email) values ('Ada', 'ada@example.com')`)
  const records = 'select number, checksum, applied_at from app.schema_migrations order by number'
  const before = await query(database, records)
  expect(await migrate(database)).toEqual({ applied: 0 })
  expect(await query(database, records)).toEqual(before)
  expect(await query(database, 'select name from users')).toEqual([{ name: 'Ada' }])
})

test('servers that start at the same moment apply each migration once between them', async () => {
  const database = await freshDatabase()
  const results = await Promise.all([migrate(database), migrate(database), migrate(database)])
  const count = (await shippedNumbers()).length
  expect(results.map(({ applied }) => applied).sort((a, b) => a - b)).toEqual([0, 0, count])
  expect(await appliedNumbers(database)).toHaveLength(count)
})

test('a failing migration is named, leaves nothing behind, and runs once it is put right', async () => {
  const database = await migratedDatabase()
  const directory = await copyOfMigrations()
  const applied = (await shippedNumbers()).toSorted((one, other) => one - other)
  const whole = applied.length + 1
  const broken = whole + 1
  const pathOf = (number: number, name: string) =>
    join(directory, `${String(number).padStart(4, '0')}_${name}.sql`)
  await writeFile(pathOf(whole, 'whole'), 'create table whole (id int);')
  await writeFile(pathOf(broken, 'broken'), 'create table half_made (id int); select 1 / 0;')
  await expect(migrate(database, directory)).rejects.toThrow(
    `Migration ${broken} (broken) failed and left nothing behind: division by zero`,
  )
  // What came before it in the same run stays: each migration is a transaction of its own.
  expect(
    await query(database, `select to_regclass('half_made') half, to_regclass('whole')::text whole`),
  ).toEqual([{ half: null, whole: 'whole' }])
  expect(await appliedNumbers(database)).toEqual([...applied, whole])
  await writeFile(pathOf(broken, 'broken'), 'create table half_made (id int);')
  expect(await migrate(database, directory)).toEqual({ applied: 1 })
})

test('a migration that was changed after it was applied is refused, and nothing is done', async () => {
  const database = await migratedDatabase()
  const directory = await copyOfMigrations()
  await appendFile(join(directory, '0002_users.sql'), '-- one more comment\n')
  const next = (await shippedNumbers()).length + 1
  await writeFile(
    join(directory, `${String(next).padStart(4, '0')}_new.sql`),
    'create table new_one (id int);',
  )
  await expect(migrate(database, directory)).rejects.toThrow(
    'The database had migration 0002_users before its file was changed. Restore the file',
  )
  expect(await query(database, `select to_regclass('new_one') found`)).toEqual([{ found: null }])
})

test('a database newer than the code is refused in plain words', async () => {
  const database = await migratedDatabase()
  await query(
    database,
    `insert into app.schema_migrations (number, name, checksum) values (9000, 'future', 'unknown')`,
  )
  await expect(migrate(database)).rejects.toThrow(
    /^The database is newer than this version of Heliograph: .*9000_future.* Start the newer version again/,
  )
})

test('the role that migrates and owns everything is no superuser and bypasses no policy', async () => {
  const database = await migratedDatabase()
  const owners = await query<{ owner: string; rolsuper: boolean; rolbypassrls: boolean }>(
    database,
    `select distinct pg_get_userbyid(relowner) as owner, rolsuper, rolbypassrls
     from pg_class c join pg_roles r on r.oid = c.relowner where relnamespace = 'public'::regnamespace`,
  )
  expect(owners).toEqual([{ owner: 'heliograph_owner', rolsuper: false, rolbypassrls: false }])
})

test('the application logs in with its password, may do nothing by itself, and takes on its roles', async () => {
  const database = await migratedDatabase()
  await migrate(database)
  const app = { url: database.url, user: appLoginRole, password: appPassword }
  expect(await query(database, 'select current_user::text as me', app)).toEqual([{ me: appLoginRole }])
  await expect(query(database, 'select from public.content', app)).rejects.toMatchObject({ code: '42501' })
  await expect(query(database, 'create table public.mine (id int)', app)).rejects.toMatchObject({
    code: '42501',
  })
  await expect(query(database, 'set role heliograph_owner', app)).rejects.toMatchObject({ code: '42501' })
  const asAuthenticated = {
    ...app,
    url: `${database.url}${database.url.includes('?') ? '&' : '?'}options=-crole%3Dauthenticated`,
  }
  expect(await query(database, 'select text from content', asAuthenticated)).toEqual([])
})

test('a new password counts from the next migration on, and the old one no more', async () => {
  const database = await migratedDatabase()
  await migrate(database, shipped, 'a new password')
  const login = (password: string) =>
    query(database, 'select', { url: database.url, user: appLoginRole, password })
  expect(await login('a new password')).toHaveLength(1)
  await expect(login(appPassword)).rejects.toMatchObject({ code: '28P01' })
})

test('the month after next has its partition before it comes', async () => {
  const database = await migratedDatabase()
  const [row] = await query<{ month: string; found: string | null }>(
    database,
    `select to_char(month, 'YYYY_MM') as month, to_regclass('partitions.post_snapshots_' || to_char(month, 'YYYY_MM'))::text as found
     from (select (now() at time zone 'UTC') + interval '2 months' as month) m`,
  )
  expect(row?.found).toBe(`partitions.post_snapshots_${row?.month}`)
})

test('a partition that goes missing is made again at the next start, protected like its siblings', async () => {
  const database = await migratedDatabase()
  const partition = `post_snapshots_${new Date().toISOString().slice(0, 7).replace('-', '_')}`
  await query(database, `drop table partitions.${partition}`)
  expect(await migrate(database)).toEqual({ applied: 0 })
  expect(
    await query(
      database,
      `select relrowsecurity, relforcerowsecurity from pg_class where oid = to_regclass('partitions.${partition}')`,
    ),
  ).toEqual([{ relrowsecurity: true, relforcerowsecurity: true }])
})

test('a server with another secret is refused before it changes anything', async () => {
  const owner = await migratedDatabase()
  await migrate(owner)
  await expect(migrate(owner, shipped, 'another password', ['key-2'])).rejects.toThrow(/HELIOGRAPH_SECRET/)
  const login = { url: owner.url, user: appLoginRole, password: appPassword }
  expect(await query(owner, 'select 1 as one', login)).toEqual([{ one: 1 }])
})

test('a rotation that names the earlier secret goes through, and from then on the new one counts', async () => {
  const owner = await migratedDatabase()
  await migrate(owner, shipped, appPassword, ['key-2', 'key-1'])
  await migrate(owner, shipped, appPassword, ['key-2'])
  await expect(migrate(owner)).rejects.toThrow(/another secret/)
})

/** Whatever a later migration must carry over: rows that refer to each other, and hashes that are looked up. */
const rowsOfAnEarlierVersion = `
  insert into users (id, email, name) values ('00000000-0000-7000-8000-000000000001', 'alice@example.com', 'Alice');
  insert into workspaces (id, name, slug, time_zone)
    values ('00000000-0000-7000-8000-000000000002', 'Label', 'label', 'Europe/Berlin');
  insert into workspace_members (workspace_id, user_id, role)
    values ('00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-000000000001', 'owner');
  insert into workspace_invitations (workspace_id, email, role, token_hash, expires_at, invited_by)
    values ('00000000-0000-7000-8000-000000000002', 'bob@example.com', 'editor', sha256('link'), now() + interval '1 day',
      '00000000-0000-7000-8000-000000000001');
  insert into api_keys (workspace_id, name, secret_hash, shown_prefix, role, scopes, created_by)
    values ('00000000-0000-7000-8000-000000000002', 'Website', sha256('key'), 'hg_12345', 'editor', '{content:read}',
      '00000000-0000-7000-8000-000000000001');
  insert into social_accounts (workspace_id, id, platform, platform_account_id, service_url, username, status, connected_by)
    values ('00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-000000000003', 'bluesky', 'did:plc:one',
      'https://pds.example', 'label.example', 'disconnected', '00000000-0000-7000-8000-000000000001');
  insert into content (workspace_id, id, text, created_by)
    values ('00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-000000000004', 'Out now',
      '00000000-0000-7000-8000-000000000001');
  insert into publications (workspace_id, id, content_id, social_account_id)
    values ('00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-000000000005',
      '00000000-0000-7000-8000-000000000004', '00000000-0000-7000-8000-000000000003');
  insert into published_posts (workspace_id, social_account_id, publication_id, platform, platform_post_id, permalink, text, published_at)
    values ('00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-000000000003',
      '00000000-0000-7000-8000-000000000005', 'bluesky', 'at://one', 'https://network.example/one', 'Out now', now());
`

test('an installation of an earlier version keeps its rows, its references, its keys and its invitations', async () => {
  const database = await freshDatabase()
  const earlier = await copyOfMigrations()
  for (const name of await readdir(earlier)) if (name >= '0022') await rm(join(earlier, name))
  await migrate(database, earlier)
  await query(database, rowsOfAnEarlierVersion)
  const { applied } = await migrate(database)
  expect(applied).toBe((await shippedNumbers()).length - 21)

  expect(
    await query(
      database,
      `select h.table_name from app.secret_hashes h where h.secret_hash in (sha256('link'), sha256('key')) order by 1`,
    ),
  ).toEqual([{ table_name: 'api_keys' }, { table_name: 'workspace_invitations' }])
  expect(await query(database, `select scopes::text from app.find_api_key(sha256('key'))`)).toEqual([
    { scopes: '{content:read}' },
  ])
  expect(await query(database, 'select publication_id is not null as kept from published_posts')).toEqual([
    { kept: true },
  ])
  const unforced = await query(
    database,
    `select relname from pg_class where relkind in ('r', 'p') and relrowsecurity and not relforcerowsecurity
      and relnamespace in ('public'::regnamespace, 'analytics'::regnamespace, 'ml_data'::regnamespace)`,
  )
  expect(unforced).toEqual([])
  // What is deleted still takes its references along.
  await query(database, 'delete from publications')
  expect(await query(database, 'select publication_id from published_posts')).toEqual([
    { publication_id: null },
  ])
})
