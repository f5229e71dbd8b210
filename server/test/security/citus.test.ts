/**
 * Citus itself is not here: each rule states what it asks of a table, with its source, and is shown to be able to fail.
 */
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Check, tenantTables } from './catalogue-checks.ts'
import { type CatalogueClient, openCatalogue } from './catalogue-client.ts'
import { citusRules, referenceTables, reviewedTriggerFunctions } from './citus-rules.ts'
import { type SeededWorkspace, seedWorkspace } from './matrix-rows.ts'

let catalogue: CatalogueClient
let client: pg.Client
let seed: SeededWorkspace
beforeAll(async () => {
  catalogue = await openCatalogue()
  client = catalogue.client
  seed = await seedWorkspace(catalogue.world, 'distributed')
})
afterAll(() => catalogue?.close())

test.each(Object.values(citusRules))('$rule', async ({ findings }) => {
  expect(await findings(client)).toEqual([])
})

const breakages = (
  [
    [citusRules.uniqueKeys, 'alter table media add unique (storage_key)', 'media (storage_key)'],
    [citusRules.uniqueKeys, 'create unique index on media (storage_key, id)', 'media (storage_key, id)'],
    [citusRules.uniqueKeys, 'create unique index on media (lower(storage_key))', 'media ('],
    [
      citusRules.exclusions,
      'alter table media add constraint bad exclude using btree (storage_key with =)',
      'media.bad',
    ],
    [
      citusRules.foreignKeys,
      `alter table content add unique (id);
     alter table media add constraint bad foreign key (id) references content (id) not valid`,
      'media.bad',
    ],
    [
      citusRules.foreignKeys,
      `alter table content add unique (id, workspace_id);
     alter table media add constraint bad foreign key (workspace_id, id) references content (id, workspace_id) not valid`,
      'media.bad',
    ],
    [
      citusRules.foreignKeyTargets,
      'create table bad (id uuid primary key); alter table media add constraint bad foreign key (id) references bad not valid',
      'media.bad to bad',
    ],
    [
      citusRules.foreignKeyTargets,
      'alter table media add constraint bad foreign key (storage_key) references app.partitioned_tables not valid',
      'media.bad to app.partitioned_tables',
    ],
    [
      citusRules.referenceKeys,
      'alter table users add w uuid, add constraint bad foreign key (w, id) references content',
      'users.bad',
    ],
    [
      citusRules.keyActions,
      `alter table media add constraint bad foreign key (workspace_id, created_by) references content
       on delete set null (created_by) not valid`,
      'media.bad',
    ],
    [
      citusRules.keyActions,
      'alter table media add constraint bad foreign key (workspace_id, id) references content on update cascade not valid',
      'media.bad',
    ],
    [
      citusRules.distributionColumn,
      'create table bad (workspace_id text, id uuid, primary key (workspace_id, id))',
      'bad text',
    ],
    [citusRules.distributionColumn, 'create table bad (workspace_id uuid, id uuid)', 'bad uuid'],
    [citusRules.identities, 'alter table media add bad integer generated always as identity', 'media.bad'],
    [citusRules.identities, 'alter table media add bad bigserial', 'media.bad'],
    [citusRules.tableKinds, 'create unlogged table bad (workspace_id uuid, id uuid)', 'bad'],
    [citusRules.tableKinds, 'create table bad () inherits (media)', 'media'],
    [
      citusRules.tableKinds,
      'create table bad partition of post_snapshots default partition by range (captured_at)',
      'post_snapshots',
    ],
    [
      citusRules.triggers,
      `create function app.bad() returns trigger language plpgsql as 'begin return new; end';
     create trigger bad before insert on media for each row execute function app.bad()`,
      'media.bad calls app.bad',
    ],
    [citusRules.everyTable, 'create table bad (id uuid primary key)', 'bad'],
  ] satisfies [Check, string, string][]
).map(([check, breakage, finding]) => ({ ...check, breakage, finding }))

test.each(breakages)('"$rule" fails, naming $finding', async ({ findings, breakage, finding }) => {
  const found = await catalogue.brokenBy(breakage, { findings })
  expect(
    found.some((text) => text.startsWith(finding)),
    `found instead: ${found}`,
  ).toBe(true)
})

test('every rule is shown to be able to fail, and every declaration is needed', async () => {
  const shown = new Set(breakages.map(({ rule }) => rule))
  expect(Object.values(citusRules).filter(({ rule }) => !shown.has(rule))).toEqual([])
  const { rows } = await client.query<{ name: string }>(
    `select distinct p.pronamespace::regnamespace || '.' || p.proname as name from pg_trigger g join pg_proc p on p.oid = g.tgfoid
     where not g.tgisinternal and g.tgrelid in (select oid from (${tenantTables}) t)
     union select relname from (select case nspname when 'public' then '' else nspname || '.' end || relname as relname
       from pg_class c join pg_namespace n on n.oid = c.relnamespace) t`,
  )
  expect(rows.map(({ name }) => name)).toEqual(
    expect.arrayContaining([...referenceTables, ...reviewedTriggerFunctions]),
  )
})

test('a secret leads to its row by its hash alone, and is unique across all workspaces', async () => {
  const other = await seedWorkspace(catalogue.world, 'second')
  const key = (workspaceId: string, by: string) =>
    client.query(
      `insert into api_keys (workspace_id, name, shown_prefix, secret_hash, scopes, created_by)
       values ($1, 'key', 'hg_key', sha256('one secret'), '{content:read}', $2)`,
      [workspaceId, by],
    )
  await key(seed.id, seed.people.owner)
  await expect(key(other.id, other.people.owner)).rejects.toMatchObject({ code: '23505' })
  const found = async (secret: string) =>
    (await client.query(`select workspace_id from app.find_api_key(sha256($1))`, [secret])).rows
  expect(await found('one secret')).toEqual([{ workspace_id: seed.id }])
  await client.query(
    `update api_keys set secret_hash = sha256('another') where secret_hash = sha256('one secret')`,
  )
  expect(await found('one secret')).toEqual([])
  expect(await found('another')).toEqual([{ workspace_id: seed.id }])
  await client.query(`delete from api_keys where secret_hash = sha256('another')`)
  expect(await found('another')).toEqual([])
  const { rows } = await client.query(`select from app.secret_hashes where secret_hash = sha256('another')`)
  expect(rows).toEqual([])
})

test('the hash of a link opens no key, and the hash of a key no link', async () => {
  const { rows } = await client.query(
    `select from workspace_invitations i, app.find_api_key(i.token_hash) where i.workspace_id = $1`,
    [seed.id],
  )
  expect(rows).toEqual([])
})

/** What a deletion sets null, as the triggers say it. */
async function cleared(): Promise<{ referred: string; referring: string; column: string }[]> {
  const { rows } = await client.query<{ referred: string; referring: string; column: string }>(
    `select g.tgrelid::regclass::text as referred, pairs.pair[1] as referring, pairs.pair[2] as "column"
     from pg_trigger g
     cross join lateral regexp_matches(pg_get_triggerdef(g.oid), $$'([\\w.]+)', '(\\w+)'$$, 'g') as pairs (pair)
     where g.tgfoid = 'app.clear_references'::regproc order by 1, 2, 3`,
  )
  return rows
}

test('whoever referred to a row that goes stays, and refers to nothing', async () => {
  const references = await cleared()
  expect(references.length).toBe(13)
  for (const { referred, referring, column } of references) {
    const name = `${referring}.${column}`
    const result = await catalogue.undone(async () => {
      if (referred === 'artists') await client.query('delete from royalty_statements')
      const gone = await client.query<{ id: string }>(
        `select id from ${referred} where workspace_id = $1 order by id limit 1`,
        [seed.id],
      )
      const id = gone.rows[0]?.id
      const others = `workspace_id = $1 ${referring === `public.${referred}` ? 'and id <> $2' : 'and $2::uuid is not null'}`
      const held = await client.query(`update ${referring} set ${column} = $2 where ${others}`, [seed.id, id])
      await client.query(`delete from ${referred} where workspace_id = $1 and id = $2`, [seed.id, id])
      const after = await client.query(`select from ${referring} where ${others} and ${column} is null`, [
        seed.id,
        id,
      ])
      return { held: held.rowCount, left: after.rowCount }
    })
    expect(result.held, name).toBeGreaterThan(0)
    expect(result.left, name).toBe(result.held)
  }
})

test('a post and the post that was cut from it go in one statement', async () => {
  const left = await catalogue.undone(async () => {
    await client.query('update published_posts set parent_post_id = $2 where workspace_id = $1 and id = $3', [
      seed.id,
      seed.publishedPostId,
      seed.artistPostId,
    ])
    await client.query('delete from published_posts where workspace_id = $1', [seed.id])
    return client.query('select from published_posts where workspace_id = $1', [seed.id])
  })
  expect(left.rowCount).toBe(0)
})

test('a workspace goes with all that is its own; what was recorded of it stays', async () => {
  const gone = await seedWorkspace(catalogue.world, 'gone')
  await client.query('delete from workspaces where id = $1', [gone.id])
  const { rows: tables } = await client.query<{ name: string }>(
    `select t.oid::regclass::text as name from (${tenantTables}) t`,
  )
  const left: string[] = []
  for (const { name } of tables) {
    const { rowCount } = await client.query(`select from ${name} where workspace_id = $1 limit 1`, [gone.id])
    if (rowCount) left.push(name)
  }
  expect(left).toEqual(['audit_log'])
  const { rowCount } = await client.query('select from app.secret_hashes where workspace_id = $1', [gone.id])
  expect(rowCount).toBe(0)
})
