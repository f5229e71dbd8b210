/**
 * What every table, policy, function and role of a migrated database must be like. Each check reads pg_catalog
 * and returns its findings in words; an empty list means that the rule holds.
 */
import type pg from 'pg'

export interface Check {
  readonly rule: string
  findings(client: pg.ClientBase): Promise<string[]>
}

/** The roles that Heliograph makes; on Supabase some of them exist before. */
export const ourRoles = [
  'authenticated',
  'artist_client',
  'api_client',
  'workspace_service',
  'dispatch_service',
  'identity_service',
  'analytics_reader',
  'analytics_writer',
  'cache_service',
  'heliograph_jobs',
  'heliograph_app',
  'heliograph_owner',
]

/** Columns that open something; whoever acts for a person never reads them. */
export const secretColumns: Readonly<Record<string, readonly string[]>> = {
  social_accounts: ['access_token_encrypted', 'refresh_token_encrypted', 'webhook_secret_encrypted'],
  api_keys: ['secret_hash'],
  workspace_invitations: ['token_hash'],
  user_credentials: ['password_hash', 'access_token', 'refresh_token', 'id_token'],
  user_sessions: ['token'],
  user_verifications: ['identifier', 'value'],
}

const commands = `(values ('SELECT', 'r'), ('INSERT', 'a'), ('UPDATE', 'w'), ('DELETE', 'd')) as command (name, letter)`
// Partitions take their keys and indexes from the parent; what protects them is checked on its own.
export const publicTables = `
  select c.oid, case nspname when 'public' then '' else nspname || '.' end || c.relname as relname,
    c.relrowsecurity, c.relforcerowsecurity, c.relispartition, c.relacl, c.relowner
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where nspname in ('public', 'analytics', 'ml_data', 'partitions') and c.relkind in ('r', 'p')`
export const tenantTables = `
  select t.* from (${publicTables}) t
  join pg_attribute a on a.attrelid = t.oid and a.attname = 'workspace_id' and not a.attisdropped
  where not t.relispartition`
export const columnNames = (relation: string, numbers: string) => `
  (select string_agg(a.attname, ', ' order by k.n) from unnest(${numbers}) with ordinality as k (attnum, n)
   join pg_attribute a on a.attrelid = ${relation} and a.attnum = k.attnum)`
const firstColumn = (relation: string, numbers: string) =>
  `(select attname from pg_attribute where attrelid = ${relation} and attnum = (${numbers})[1])`
// int2vector counts from 0, smallint[] from 1.
export const indexColumns = (index: string) => `string_to_array(${index}.indkey::text, ' ')::smallint[]`
const signature = `p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')'`

/** A check whose query has one column, `finding`. */
export function check(rule: string, query: string, parameters: unknown[] = []): Check {
  return {
    rule,
    async findings(client) {
      const { rows } = await client.query<{ finding: string }>(query, parameters)
      return rows.map(({ finding }) => finding).sort()
    },
  }
}

export const tableChecks = {
  rowSecurity: check(
    'every table has row-level security, forced also on its owner',
    `select relname || case when relrowsecurity then ' is not forced' else ' is not enabled' end as finding
     from (${publicTables}) t where not (relrowsecurity and relforcerowsecurity)`,
  ),
  primaryKey: check(
    'the primary key of a tenant table starts with its workspace',
    `select t.relname || coalesce(' has the primary key ' || ${columnNames('t.oid', 'k.conkey')}, ' has none') as finding
     from (${tenantTables}) t left join pg_constraint k on k.conrelid = t.oid and k.contype = 'p'
     where ${firstColumn('t.oid', 'k.conkey')} is distinct from 'workspace_id'`,
  ),
  workspaceIndex: check(
    'a tenant table has an index that leads with its workspace',
    `select t.relname || ' has no such index' as finding from (${tenantTables}) t
     where not exists (select from pg_index i where i.indrelid = t.oid and i.indpred is null and i.indisvalid
       and ${firstColumn('t.oid', indexColumns('i'))} = 'workspace_id')`,
  ),
  uniqueKeys: check(
    'a unique key of a tenant table starts with its workspace',
    `select t.relname || ' (' || ${columnNames('t.oid', indexColumns('i'))} || ')' as finding
     from (${tenantTables}) t join pg_index i on i.indrelid = t.oid and i.indisunique
     where ${firstColumn('t.oid', indexColumns('i'))} is distinct from 'workspace_id'`,
  ),
  onDelete: check(
    'a foreign key says what happens on delete',
    `select t.relname || '.' || k.conname || ' says nothing' as finding from (${publicTables}) t
     join pg_constraint k on k.conrelid = t.oid and k.contype = 'f' where k.confdeltype = 'a'`,
  ),
  foreignKeys: check(
    'a foreign key between tenant tables starts with the workspace on both sides',
    `select t.relname || ' (' || ${columnNames('t.oid', 'k.conkey')} || ') to ' || target.relname as finding
     from (${tenantTables}) t join pg_constraint k on k.conrelid = t.oid and k.contype = 'f'
     join pg_class target on target.oid = k.confrelid
     where (cardinality(k.conkey) > 1 or exists (select from pg_attribute
         where attrelid = k.confrelid and attname = 'workspace_id' and not attisdropped))
       and (${firstColumn('t.oid', 'k.conkey')} <> 'workspace_id'
         or ${firstColumn('k.confrelid', 'k.confkey')} <> 'workspace_id')`,
  ),
  foreignKeyIndexes: check(
    'a foreign key has an index on the side that refers',
    `select t.relname || ' (' || ${columnNames('t.oid', 'k.conkey')} || ')' as finding
     from (${publicTables}) t join pg_constraint k on k.conrelid = t.oid and k.contype = 'f'
     where not exists (select from pg_index i where i.indrelid = t.oid and i.indpred is null and i.indisvalid
       and (${indexColumns('i')})[1:cardinality(k.conkey)] @> k.conkey)`,
  ),
  partitions: check(
    'nobody reaches a partition but through its parent',
    `select t.relname || ' is granted to ' || coalesce(r.rolname, 'everybody') as finding
     from (${publicTables}) t cross join lateral aclexplode(t.relacl) g left join pg_roles r on r.oid = g.grantee
     where t.relispartition and g.grantee <> t.relowner`,
  ),
} satisfies Record<string, Check>

export const grantChecks = {
  policyPerCommand: check(
    'whoever is granted a command on a table has a policy for it',
    `select distinct t.relname || ': ' || command.name || ' for ' || r.rolname as finding
     from (${publicTables}) t cross join ${commands} cross join pg_roles r
     where r.rolname = any ($1)
       and (has_table_privilege(r.oid, t.oid, command.name)
         or (command.name <> 'DELETE' and has_any_column_privilege(r.oid, t.oid, command.name)))
       and not exists (select from pg_policy p where p.polrelid = t.oid and p.polpermissive
         and p.polcmd in ('*', command.letter::"char")
         and exists (select from unnest(p.polroles) role where pg_has_role(r.oid, role, 'usage')))`,
    [ourRoles.filter((role) => role !== 'heliograph_owner')],
  ),
  policyForEverybody: check(
    'a policy names its roles',
    `select t.relname || '.' || p.polname || ' is for everybody' as finding
     from (${publicTables}) t join pg_policy p on p.polrelid = t.oid where 0 = any (p.polroles)`,
  ),
  tableGrants: check(
    'no table is granted to everybody or to the login of the application',
    `select t.relname || ': ' || g.privilege_type || ' for ' || coalesce(r.rolname, 'everybody') as finding
     from (${publicTables}) t
     cross join lateral (
       select * from aclexplode(t.relacl)
       union all select column_grant.* from pg_attribute a cross join lateral aclexplode(a.attacl) column_grant
       where a.attrelid = t.oid) g
     left join pg_roles r on r.oid = g.grantee
     where g.grantee = 0 or r.rolname = 'heliograph_app'`,
  ),
  secretColumns: check(
    'whoever acts for a person cannot read a column that opens something',
    `select c.table_name || '.' || c.column_name as finding
     from jsonb_each($1::jsonb) secret (table_name, columns)
     cross join lateral (select secret.table_name, jsonb_array_elements_text(secret.columns) as column_name) c
     where has_column_privilege('authenticated', ('public.' || c.table_name)::regclass, c.column_name, 'SELECT')`,
    [JSON.stringify(secretColumns)],
  ),
  secretColumnsListed: check(
    'a column that is named like a secret is listed as one',
    `select t.relname || '.' || a.attname as finding from (${publicTables}) t
     join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
     where a.attname ~ '(password|secret|token|_key)(_hash|_encrypted)?$' and a.atttypid in ('text'::regtype, 'bytea'::regtype)
       and not coalesce($1::jsonb -> t.relname ? a.attname, false)
       and t.relname || '.' || a.attname <> all ($2)`,
    // Where a file lies opens nothing: it is read through a route that asks for the workspace.
    [JSON.stringify(secretColumns), ['media.storage_key']],
  ),
} satisfies Record<string, Check>

export const functionChecks = {
  searchPath: check(
    'a function with the rights of its owner finds nothing by search path',
    `select ${signature} as finding from pg_proc p
     where p.prosecdef and p.pronamespace in ('app'::regnamespace, 'auth'::regnamespace, 'public'::regnamespace,
         'analytics'::regnamespace, 'ml_data'::regnamespace)
       and not coalesce(p.proconfig @> array['search_path=""'], false)`,
  ),
  executableByAll: check(
    'no function of ours can be executed by everybody',
    `select ${signature} as finding from pg_proc p
     where (p.pronamespace in ('app'::regnamespace, 'analytics'::regnamespace) or (p.prosecdef and p.pronamespace = 'public'::regnamespace))
       and exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) where grantee = 0)`,
  ),
} satisfies Record<string, Check>

export const roleChecks = {
  powers: check(
    'no role of ours stands above the policies',
    `select rolname || ' ' || case when rolsuper then 'is superuser' else 'bypasses row security' end as finding
     from pg_roles where rolname = any ($1) and (rolsuper or rolbypassrls)`,
    [ourRoles],
  ),
  present: check(
    'every role of ours exists',
    `select wanted || ' is missing' as finding from unnest($1::text[]) wanted
     where not exists (select from pg_roles where rolname = wanted)`,
    [ourRoles],
  ),
  appInherits: check(
    'the login of the application inherits nothing, makes no roles and no databases',
    `select 'heliograph_app ' || power.name as finding from pg_roles r
     cross join lateral (values ('inherits', r.rolinherit), ('makes roles', r.rolcreaterole),
       ('makes databases', r.rolcreatedb), ('replicates', r.rolreplication)) as power (name, held)
     where r.rolname = 'heliograph_app' and power.held`,
  ),
  appMemberships: check(
    'no membership of the application is inherited or can be passed on',
    `select 'heliograph_app in ' || granted.rolname as finding from pg_auth_members m
     join pg_roles member on member.oid = m.member join pg_roles granted on granted.oid = m.roleid
     where member.rolname = 'heliograph_app' and (m.inherit_option or m.admin_option)`,
  ),
  appOwns: check(
    'the login of the application owns nothing',
    `select d.classid::regclass || ' ' || d.objid as finding from pg_shdepend d
     where d.deptype = 'o' and d.refclassid = 'pg_authid'::regclass
       and d.refobjid = 'heliograph_app'::regrole and d.dbid in (0, (select oid from pg_database where datname = current_database()))`,
  ),
} satisfies Record<string, Check>

export const allChecks: readonly Check[] = [tableChecks, grantChecks, functionChecks, roleChecks].flatMap(
  (group) => Object.values(group),
)
