import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  allChecks,
  type Check,
  functionChecks,
  grantChecks,
  roleChecks,
  tableChecks,
} from './catalogue-checks.ts'
import { type CatalogueClient, openCatalogue } from './catalogue-client.ts'

let catalogue: CatalogueClient
beforeAll(async () => {
  catalogue = await openCatalogue()
})
afterAll(() => catalogue?.close())

test.each(allChecks)('$rule', async ({ findings }) => {
  expect(await findings(catalogue.client)).toEqual([])
})

/** Each check, what breaks its rule, and what it must then say. A check that finds nothing guards nothing. */
const breakages = (
  [
    [tableChecks.rowSecurity, 'create table bad (id uuid primary key)', 'bad is not enabled'],
    [tableChecks.rowSecurity, 'alter table content no force row level security', 'content is not forced'],
    [tableChecks.rowSecurity, 'create table bad partition of post_snapshots default', 'bad is not enabled'],
    [
      tableChecks.primaryKey,
      'create table bad (workspace_id uuid, id uuid primary key)',
      'bad has the primary key id',
    ],
    [tableChecks.primaryKey, 'create table bad (workspace_id uuid)', 'bad has none'],
    [
      tableChecks.workspaceIndex,
      'create table bad (workspace_id uuid, id uuid primary key)',
      'bad has no such index',
    ],
    [
      tableChecks.uniqueKeys,
      'alter table content add unique (created_by, workspace_id)',
      'content (created_by, workspace_id)',
    ],
    [tableChecks.uniqueKeys, 'create unique index on media (storage_key)', 'media (storage_key)'],
    [
      tableChecks.onDelete,
      'alter table media add constraint bad foreign key (created_by) references users',
      'media.bad says nothing',
    ],
    [
      tableChecks.foreignKeys,
      `alter table content add unique (id);
     alter table media add foreign key (id) references content (id) on delete cascade`,
      'media (id) to content',
    ],
    [
      tableChecks.foreignKeys,
      `alter table content add unique (id, workspace_id);
     alter table media add foreign key (id, workspace_id) references content (id, workspace_id) on delete cascade`,
      'media (id, workspace_id) to content',
    ],
    [tableChecks.foreignKeyIndexes, 'drop index content_created_by', 'content (created_by)'],
    [
      tableChecks.foreignKeyIndexes,
      `drop index content_created_by;
     create index on content (created_by) where status = 'draft'`,
      'content (created_by)',
    ],
    [
      tableChecks.partitions,
      `create table bad partition of post_snapshots default; grant select on bad to authenticated`,
      'bad is granted to authenticated',
    ],
    [
      grantChecks.policyPerCommand,
      'grant delete on media to workspace_service; drop policy job on media',
      'media: DELETE for workspace_service',
    ],
    [
      grantChecks.policyPerCommand,
      'drop policy member_update on content',
      'content: UPDATE for authenticated',
    ],
    [
      grantChecks.policyPerCommand,
      'grant select on media to analytics_reader',
      'media: SELECT for analytics_reader',
    ],
    [
      grantChecks.policyForEverybody,
      'create policy open on media using (true)',
      'media.open is for everybody',
    ],
    [grantChecks.tableGrants, 'grant select on media to public', 'media: SELECT for everybody'],
    [
      grantChecks.tableGrants,
      'grant update (text) on content to heliograph_app',
      'content: UPDATE for heliograph_app',
    ],
    [
      grantChecks.secretColumns,
      'grant select on social_accounts to authenticated',
      'social_accounts.access_token_encrypted',
    ],
    [
      grantChecks.secretColumns,
      'grant select (token) on user_sessions to authenticated',
      'user_sessions.token',
    ],
    [grantChecks.secretColumnsListed, 'alter table media add upload_token text', 'media.upload_token'],
    [
      functionChecks.searchPath,
      `create function app.bad() returns int language sql security definer as 'select 1'`,
      'bad()',
    ],
    [
      functionChecks.executableByAll,
      `create function app.bad(a int) returns int language sql as 'select 1';
     grant execute on function app.bad to public`,
      'bad(a integer)',
    ],
    [
      functionChecks.executableByAll,
      `create function bad() returns int language sql security definer set search_path = '' as 'select 1'`,
      'bad()',
    ],
    [roleChecks.powers, 'alter role analytics_reader bypassrls', 'analytics_reader bypasses row security'],
    [roleChecks.powers, 'alter role analytics_reader superuser', 'analytics_reader is superuser'],
    [roleChecks.present, 'alter role analytics_reader rename to lost', 'analytics_reader is missing'],
    [roleChecks.appInherits, 'alter role heliograph_app inherit', 'heliograph_app inherits'],
    [
      roleChecks.appMemberships,
      'grant analytics_reader to heliograph_app with inherit true',
      'heliograph_app in analytics_reader',
    ],
    [roleChecks.appOwns, 'create table bad (id int); alter table bad owner to heliograph_app', 'pg_class '],
  ] satisfies [Check, string, string][]
).map(([check, breakage, finding]) => ({ ...check, breakage, finding }))

test.each(breakages)('"$rule" fails, naming $finding', async ({ findings, breakage, finding }) => {
  const found = await catalogue.brokenBy(breakage, { findings })
  expect(
    found.some((text) => text.startsWith(finding)),
    `found instead: ${found}`,
  ).toBe(true)
})

test('every check is shown to be able to fail', () => {
  const shown = new Set(breakages.map(({ rule }) => rule))
  expect(allChecks.map(({ rule }) => rule).filter((rule) => !shown.has(rule))).toEqual([])
})
