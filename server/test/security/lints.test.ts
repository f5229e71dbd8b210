import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Check } from './catalogue-checks.ts'
import { type CatalogueClient, openCatalogue } from './catalogue-client.ts'
import { lintChecks } from './lints.ts'

let catalogue: CatalogueClient
beforeAll(async () => {
  catalogue = await openCatalogue()
})
afterAll(() => catalogue?.close())

test.each(Object.values(lintChecks))('$rule', async ({ findings }) => {
  expect(await findings(catalogue.client)).toEqual([])
})

const authUsers = 'create table auth.users (id uuid primary key, email text unique)'
const breakages = (
  [
    [
      lintChecks.policyPerRow,
      'create policy bad on media for select to cache_service using (created_by = auth.uid())',
      'media.bad',
    ],
    [
      lintChecks.policyPerRow,
      `create policy bad on media for insert to cache_service
         with check (workspace_id = app.opened_to('editor'))`,
      'media.bad',
    ],
    [
      lintChecks.policyPerRow,
      `create policy bad on media for select to cache_service
         using (storage_key = (select auth.uid())::text or storage_key = current_setting('app.key'))`,
      'media.bad',
    ],
    [
      lintChecks.multiplePermissive,
      'create policy bad on media for all to authenticated using (false)',
      'media: d for authenticated',
    ],
    [
      lintChecks.multiplePermissive,
      'create policy bad on media for select using (false)',
      'media: r for workspace_service',
    ],
    [
      lintChecks.policyWithoutRowSecurity,
      'alter table media disable row level security',
      'media.member_select',
    ],
    [
      lintChecks.rowSecurityWithoutPolicy,
      'create table bad (id uuid primary key); alter table bad enable row level security',
      'bad',
    ],
    [
      lintChecks.alwaysTrue,
      'create policy bad on media for update to authenticated using (true)',
      'media.bad',
    ],
    [
      lintChecks.alwaysTrue,
      'create policy bad on media for insert to authenticated with check (true)',
      'media.bad',
    ],
    [
      lintChecks.userMetadata,
      `create policy bad on media for select to authenticated
         using ((select auth.jwt()) -> 'user_metadata' ->> 'role' = 'admin')`,
      'media.bad',
    ],
    [lintChecks.primaryKeys, 'create table app.bad (id uuid)', 'app.bad'],
    [lintChecks.duplicateIndexes, 'create index bad on content (created_by)', 'bad and content_created_by'],
    [
      lintChecks.duplicateIndexes,
      'alter table workspaces add constraint again unique (slug)',
      'again and workspaces_slug_key',
    ],
    [lintChecks.definerViews, 'create view bad as select from content', 'bad'],
    [
      lintChecks.materializedViews,
      'grant select on analytics.mv_top_agents to authenticated',
      'analytics.mv_top_agents',
    ],
    [
      lintChecks.materializedViews,
      `create foreign data wrapper bad; create server bad foreign data wrapper bad;
       create foreign table far (id int) server bad; grant select on far to authenticated`,
      'far',
    ],
    [lintChecks.authUsers, `${authUsers}; create view bad as select email from auth.users`, 'bad'],
    [
      lintChecks.authReferences,
      `${authUsers}; alter table users add constraint bad foreign key (email) references auth.users (email) not valid`,
      'users.bad',
    ],
    [
      lintChecks.queue,
      'grant select on graphile_worker.jobs to workspace_service',
      'graphile_worker.jobs by workspace_service',
    ],
    [lintChecks.searchPaths, `create function app.bad() returns int language sql as 'select 1'`, 'app.bad()'],
    [lintChecks.searchPaths, 'alter function app.read_tags() reset all', 'app.read_tags()'],
    [
      lintChecks.definerFunctions,
      `create function bad() returns int language sql security definer set search_path = '' as 'select 1'`,
      'bad()',
    ],
    [lintChecks.extensionSchemas, 'create extension citext schema public', 'citext'],
    [
      lintChecks.extensionVersions,
      `drop extension pg_trgm cascade; create extension pg_trgm version '1.3'`,
      'pg_trgm 1.3',
    ],
    [lintChecks.regTypes, 'alter table media add bad regconfig', 'media.bad'],
    [
      lintChecks.absentNumbers,
      'alter table post_snapshots alter likes set default 0',
      'post_snapshots.likes',
    ],
    [
      lintChecks.absentNumbers,
      'alter table post_deltas alter views_delta set not null',
      'post_deltas.views_delta',
    ],
    [
      lintChecks.absentNumbers,
      'alter table social_accounts alter followers_count set default 0',
      'social_accounts.followers_count',
    ],
    [lintChecks.absentTexts, `alter table content alter title set default ''`, 'content.title'],
    [lintChecks.tableComments, 'comment on view analytics.top_agents is null', 'analytics.top_agents'],
    [lintChecks.tableComments, 'create table app.bad (id uuid)', 'app.bad'],
    [lintChecks.columnComments, 'alter table media add bad jsonb', 'media.bad'],
    [lintChecks.columnComments, 'alter table media add growth_rate numeric(9, 4)', 'media.growth_rate'],
    [lintChecks.columnComments, 'alter table media add hour_of_day smallint', 'media.hour_of_day'],
    [lintChecks.columnComments, 'alter table media add notes_encrypted text', 'media.notes_encrypted'],
    [lintChecks.auditTriggers, 'drop trigger audit on publications', 'publications'],
    [lintChecks.sensitiveTables, 'create table royalty_advances (id uuid)', 'royalty_advances'],
    [lintChecks.sensitiveTables, 'create table analytics.payouts (amount_due numeric)', 'analytics.payouts'],
    [lintChecks.sensitiveTables, 'drop policy told_select on royalty_lines', 'royalty_lines'],
    [lintChecks.sensitiveTables, 'alter policy told_select on audit_log using (true)', 'audit_log'],
    [
      lintChecks.sensitiveTables,
      `alter policy told_select on royalty_lines using ((select app.read_told('royalty_statements')))`,
      'royalty_lines',
    ],
    [lintChecks.sensitiveTables, 'delete from app.sensitive_tables', 'audit_log'],
    [
      lintChecks.sensitiveFunctions,
      `create function app.owed() returns numeric language sql security definer set search_path = '' as
         'select sum(amount_due) from public.royalty_statements';
       grant execute on function app.owed to authenticated`,
      'app.owed()',
    ],
    [
      lintChecks.sensitiveViews,
      'create view analytics.owed as select amount_due from royalty_statements',
      'analytics.owed',
    ],
    [lintChecks.changeTimes, 'alter table csv_imports drop column updated_at', 'csv_imports'],
    [lintChecks.functionComments, `create function bad() returns int language sql as 'select 1'`, 'bad()'],
  ] satisfies [Check, string, string][]
).map(([check, breakage, finding]) => ({ ...check, breakage, finding }))

test.each(breakages)('"$rule" fails, naming $finding', async ({ findings, breakage, finding }) => {
  expect(await catalogue.brokenBy(breakage, { findings })).toContain(finding)
})

test('every lint is shown to be able to fail', () => {
  const shown = new Set(breakages.map(({ rule }) => rule))
  expect(Object.values(lintChecks).filter(({ rule }) => !shown.has(rule))).toEqual([])
})
