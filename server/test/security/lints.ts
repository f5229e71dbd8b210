/**
 * What a linter of Supabase databases looks for (github.com/supabase/splinter names each with its reason), beyond
 * what the checks of the catalogue already hold: foreign keys without index, tables without row security, columns
 * that open something, functions that everybody may execute. And what our own rules ask of columns and comments.
 */
import { type Check, check, publicTables } from './catalogue-checks.ts'

const schemas = `('public', 'analytics', 'ml_data', 'app', 'partitions')`
const relations = (kinds: string) => `
  select c.*, n.nspname, case n.nspname when 'public' then '' else n.nspname || '.' end || c.relname as name
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ${schemas} and c.relkind in (${kinds})`
const tables = relations(`'r', 'p'`)
const policies = `
  select t.name || '.' || p.polname as name, p.*, t.relrowsecurity,
    concat_ws(' ', pg_get_expr(p.polqual, t.oid), pg_get_expr(p.polwithcheck, t.oid)) as expression
  from (${tables}) t join pg_policy p on p.polrelid = t.oid`
const columns = `
  select t.name as table_name, t.name || '.' || a.attname as name, a.*, pg_get_expr(d.adbin, d.adrelid) as default_value
  from (${tables}) t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where not t.relispartition`
const functions = `
  select p.*, n.nspname, p.oid::regprocedure::text as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where n.nspname in ${schemas}
    and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')`
/** Whoever stands for a person or for nobody. */
const askingRoles = `(select oid from pg_roles where rolname in ('anon', 'authenticated', 'artist_client', 'api_client'))`

export const lintChecks = {
  policyPerRow: check(
    'a policy asks who asks once per statement, not once per row',
    `select name as finding from (${policies}) p
     where regexp_replace(expression, 'SELECT ((auth|app)\\.\\w+|current_setting)\\(', '', 'g')
       ~ '((auth|app)\\.\\w+|current_setting)\\('`,
  ),
  multiplePermissive: check(
    'a role has one permissive policy for a command on a table',
    `select polrelid::regclass || ': ' || command || ' for ' || r.rolname as finding
     from (${policies}) p join pg_roles r on r.oid = any (p.polroles) or 0 = any (p.polroles)
     cross join lateral unnest(case p.polcmd when '*' then array['r', 'a', 'w', 'd'] else array[p.polcmd::text] end) command
     where p.polpermissive and not r.rolbypassrls and r.rolname !~ '^(pg_|supabase_)'
     group by polrelid, command, r.rolname having count(*) > 1`,
  ),
  policyWithoutRowSecurity: check(
    'a table with a policy has row-level security',
    `select name as finding from (${policies}) p where not relrowsecurity`,
  ),
  // A partition is read through its parent alone: without a policy it refuses whoever comes directly.
  rowSecurityWithoutPolicy: check(
    'a table with row-level security has a policy, if it is no partition',
    `select name as finding from (${tables}) t
     where relrowsecurity and not relispartition and nspname <> 'partitions'
       and not exists (select from pg_policy p where p.polrelid = t.oid)`,
  ),
  alwaysTrue: check(
    'no policy lets whoever stands for a person write everything',
    `select name as finding from (${policies}) p
     where p.polroles && array(${askingRoles}) and p.polcmd <> 'r' and p.polpermissive
       and (pg_get_expr(p.polqual, p.polrelid) = 'true' or pg_get_expr(p.polwithcheck, p.polrelid) = 'true')`,
  ),
  userMetadata: check(
    'no policy rests on what a person may change in their own token',
    `select name as finding from (${policies}) p where expression like '%user_metadata%'`,
  ),
  primaryKeys: check(
    'a table has a primary key',
    `select name as finding from (${tables}) t where not relispartition
       and not exists (select from pg_constraint k where k.conrelid = t.oid and k.contype = 'p')`,
  ),
  duplicateIndexes: check(
    'no two indexes are the same',
    `select string_agg(i.indexrelid::regclass::text, ' and ' order by i.indexrelid::regclass::text) as finding
     from (${tables}) t join pg_index i on i.indrelid = t.oid join pg_class c on c.oid = i.indexrelid
     group by t.oid, regexp_replace(pg_get_indexdef(i.indexrelid), '^CREATE (UNIQUE )?INDEX \\S+', '')
     having count(*) > 1`,
  ),
  definerViews: check(
    'a view of the schema that a platform exposes asks as whoever asks',
    `select name as finding from (${relations(`'v'`)}) v
     where nspname = 'public' and not coalesce(reloptions @> array['security_invoker=true'], false)`,
  ),
  materializedViews: check(
    'nobody who stands for a person reads a materialized view or a foreign table',
    `select name as finding from (${relations(`'m', 'f'`)}) m cross join ${askingRoles} r
     where has_table_privilege(r.oid, m.oid, 'select')`,
  ),
  authUsers: check(
    'no view shows the accounts of a platform',
    `select distinct r.ev_class::regclass::text as finding from pg_depend d
     join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
     join pg_class c on c.oid = d.refobjid and d.refclassid = 'pg_class'::regclass
     join pg_namespace n on n.oid = c.relnamespace
     join (${relations(`'v', 'm'`)}) v on v.oid = r.ev_class
     where n.nspname = 'auth'`,
  ),
  authReferences: check(
    'no foreign key leads into the schema of a platform',
    `select t.name || '.' || k.conname as finding from (${tables}) t
     join pg_constraint k on k.conrelid = t.oid and k.contype = 'f'
     join pg_class target on target.oid = k.confrelid where target.relnamespace::regnamespace::text in ('auth', 'storage')`,
  ),
  queue: check(
    'nobody but the queue itself reaches its tables',
    `select c.oid::regclass || ' by ' || r.rolname as finding
     from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join pg_roles r
     where n.nspname = 'graphile_worker' and c.relkind in ('r', 'p', 'v') and not r.rolsuper
       and r.rolname in ('anon', 'authenticated', 'workspace_service', 'service_role', 'dispatch_service', 'identity_service', 'heliograph_app')
       and has_any_column_privilege(r.oid, c.oid, 'select')`,
  ),
  searchPaths: check(
    'a function finds nothing by the search path of whoever calls it',
    `select name as finding from (${functions}) f
     -- A body that is parsed when it is made looks nothing up later.
     where f.prosqlbody is null
       and not exists (select from unnest(f.proconfig) setting where setting like 'search_path=%')`,
  ),
  definerFunctions: check(
    'no function with the rights of its owner lies in the schema that a platform exposes',
    `select name as finding from (${functions}) f where nspname = 'public' and prosecdef`,
  ),
  extensionSchemas: check(
    'no extension lies in public',
    `select extname as finding from pg_extension where extnamespace = 'public'::regnamespace`,
  ),
  extensionVersions: check(
    'every extension is of the version that the server brings',
    `select e.name || ' ' || e.installed_version as finding from pg_available_extensions e
     where e.installed_version is not null and e.installed_version <> e.default_version`,
  ),
  regTypes: check(
    'no column holds a reference into the catalogue, which an upgrade of the cluster refuses',
    `select name as finding from (${columns}) c
     where c.atttypid in ('regcollation'::regtype, 'regconfig'::regtype, 'regdictionary'::regtype, 'regnamespace'::regtype,
       'regoper'::regtype, 'regoperator'::regtype, 'regproc'::regtype, 'regprocedure'::regtype)`,
  ),
  absentNumbers: check(
    'a number that a network may not tell is null then: it has no default and is not required',
    `select name as finding from (${columns}) c
     where c.atttypid in ('int8'::regtype, 'numeric'::regtype)
       and c.attname ~ '^(likes|comments|shares|quotes|views|impressions|reach|clicks|saves|engagements|total_followers|(user_|industry_|competitor_)?follow(ers|ing|er)(_count)?|posts_count|\\w+_delta)$'
       and (c.attnotnull or c.default_value is not null)`,
  ),
  absentTexts: check(
    'a text that is absent is null and not empty',
    // An empty description of an image says that it only decorates.
    `select name as finding from (${columns}) c
     where c.default_value ~ '^''''::(text|character varying)' and name <> 'content_media.alt_text'`,
  ),
  tableComments: check(
    'every table, view and materialized view says what it is',
    `select name as finding from (${relations(`'r', 'p', 'v', 'm'`)}) t
     where not relispartition and nspname <> 'partitions' and obj_description(t.oid, 'pg_class') is null`,
  ),
  columnComments: check(
    'a column says what its JSON holds, of what its number is a part or a bound, in which zone its hour is, and how it is sealed',
    `select name as finding from (${columns}) c
     where (c.atttypid = 'jsonb'::regtype
         or (c.atttypid = 'numeric'::regtype and c.attname ~ '(rate|rating|score|percentage|low|high|estimate|cpm|earnings|amount)$')
         or c.attname in ('day_of_week', 'hour_of_day') or c.attname ~ '_encrypted$')
       and table_name in (select relname from (${publicTables}) t)
       and col_description(c.attrelid, c.attnum) is null`,
  ),
  functionComments: check(
    'a function that is called by its name says what it does',
    `select name as finding from (${functions}) f
     where f.prorettype <> 'trigger'::regtype and obj_description(f.oid, 'pg_proc') is null`,
  ),
  // Rows that are a log themselves, or a person's own.
  auditTriggers: check(
    'what a person may change leaves a line in the audit log',
    `select name as finding from (${tables}) t
     where not t.relispartition and name not in ('agent_runs', 'report_executions', 'analytics.user_activity',
         'agent_feedback', 'user_profiles')
       and exists (select from (values ('INSERT'), ('UPDATE'), ('DELETE')) c (command)
         where has_table_privilege('authenticated', t.oid, c.command)
           or (c.command <> 'DELETE' and has_any_column_privilege('authenticated', t.oid, c.command)))
       and not exists (select from pg_trigger g where g.tgrelid = t.oid and g.tgname = 'audit')`,
  ),
  // By their names, and by amounts that somebody is owed.
  sensitiveTables: check(
    'a table of money or of who did what is read by persons where the door has told it',
    `select name as finding from (${tables}) t
     where not t.relispartition and nspname not in ('app', 'partitions')
       and (t.relname ~ '^(royalty|audit)_' or exists (select from pg_attribute a
         where a.attrelid = t.oid and a.attname ~ '^amount(_|$)' and not a.attisdropped))
       and not (name in (select table_name from app.sensitive_tables) and exists (select from pg_policy p
         where p.polrelid = t.oid and not p.polpermissive and p.polcmd = 'r' and 'authenticated'::regrole = any (p.polroles)
           and pg_get_expr(p.polqual, t.oid) = format('( SELECT app.read_told(%L::text) AS read_told)', name)))`,
  ),
  sensitiveFunctions: check(
    'a function with the rights of its owner that speaks of a sensitive table asks whether its read is told',
    `select name as finding from (${functions}) f
     where f.prosecdef and f.prorettype <> 'trigger'::regtype and has_function_privilege('authenticated', f.oid, 'execute')
       and exists (select from app.sensitive_tables t
         where pg_get_functiondef(f.oid) ~ ('\\m' || t.table_name || '\\M'))
       and pg_get_functiondef(f.oid) !~ '\\mread_told\\M'`,
  ),
  sensitiveViews: check(
    'a view of a sensitive table asks as whoever asks',
    `select distinct v.name as finding from (${relations(`'v', 'm'`)}) v
     join pg_rewrite r on r.ev_class = v.oid
     join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
     join app.sensitive_tables t on t.table_name::regclass = d.refobjid and d.refclassid = 'pg_class'::regclass
     where not coalesce(reloptions @> array['security_invoker=true'], false)`,
  ),
  changeTimes: check(
    'a row that can be changed says when it last was',
    `select distinct name as finding from (${tables}) t
     join pg_roles r on r.rolname in ('authenticated', 'workspace_service', 'dispatch_service', 'identity_service')
     where not t.relispartition and nspname <> 'app'
       and (has_table_privilege(r.oid, t.oid, 'UPDATE') or has_any_column_privilege(r.oid, t.oid, 'UPDATE'))
       and not exists (select from pg_attribute a where a.attrelid = t.oid and a.attname in ('updated_at', 'computed_at'))`,
  ),
} satisfies Record<string, Check>
