/**
 * What Citus asks of a table before it distributes it, as rules over the catalogue. Source: docs.citusdata.com
 * ("Creating and Modifying Distributed Objects", "SQL Support and Workarounds") and, where these are silent, the
 * errors of github.com/citusdata/citus, src/backend/distributed/commands: foreign_constraint.c, index.c, table.c,
 * create_distributed_table.c.
 *
 * Tenant tables are distributed by workspace_id and lie together; what belongs to no workspace is small and becomes
 * a reference table on every node.
 */
import {
  type Check,
  check,
  columnNames,
  indexColumns,
  publicTables,
  tenantTables,
} from './catalogue-checks.ts'

/** Tables of no workspace; tenant tables may refer to these and to nothing else beside themselves. */
export const referenceTables = [
  'users',
  'user_credentials',
  'user_sessions',
  'user_verifications',
  'user_profiles',
  'workspaces',
  'analytics.refresh_log',
]

/**
 * Functions of triggers on tenant tables. Citus runs triggers of distributed tables once
 * `citus.enable_unsafe_triggers` is on, and does not look at what they do: each of these touches only its own row,
 * reference tables, or rows of the same workspace, which lie on the same node.
 */
export const reviewedTriggerFunctions = [
  'analytics.keep_replaced_followers',
  'app.audit_change',
  'app.check_publication_step',
  'app.clear_references',
  'app.count_token_version',
  'app.keep_an_owner',
  'app.keep_secret_hash',
  'app.notify_change',
  'app.read_tags',
  'app.refuse_generated_account',
  'app.stamp_failure',
  'app.touch_updated_at',
]

const tenantKeys = `
  select t.oid, t.relname, k.* from (${tenantTables}) t join pg_constraint k on k.conrelid = t.oid and k.contype = 'f'`
const workspaceOf = (relation: string) =>
  `(select attnum from pg_attribute where attrelid = ${relation} and attname = 'workspace_id' and not attisdropped)`
const nameOf = (relation: string) => `(select n.relname from (${publicTables}) n where n.oid = ${relation})`

export const citusRules = {
  uniqueKeys: check(
    'every primary key, unique constraint and unique index contains workspace_id',
    `select t.relname || ' (' || coalesce(${columnNames('t.oid', indexColumns('i'))}, 'expression') || ')' as finding
     from (${tenantTables}) t join pg_index i on i.indrelid = t.oid and (i.indisunique or i.indisprimary)
     where ${workspaceOf('t.oid')} <> all (${indexColumns('i')})`,
  ),
  exclusions: check(
    'every exclusion constraint compares workspace_id for equality',
    `select t.relname || '.' || k.conname as finding
     from (${tenantTables}) t join pg_constraint k on k.conrelid = t.oid and k.contype = 'x'
     where not exists (
       select from unnest(k.conkey, k.conexclop) as compared (attnum, operator)
       join pg_operator o on o.oid = compared.operator
       where compared.attnum = ${workspaceOf('t.oid')} and o.oprname = '=')`,
  ),
  foreignKeys: check(
    'a foreign key between tenant tables has workspace_id at the same place on both sides',
    `select k.relname || '.' || k.conname as finding from (${tenantKeys}) k
     where exists (select from (${tenantTables}) target where target.oid = k.confrelid)
       and array_position(k.conkey, ${workspaceOf('k.conrelid')})
         is distinct from array_position(k.confkey, ${workspaceOf('k.confrelid')})
       or exists (select from (${tenantTables}) target where target.oid = k.confrelid)
       and array_position(k.conkey, ${workspaceOf('k.conrelid')}) is null`,
  ),
  foreignKeyTargets: check(
    'a tenant table refers to tenant tables and reference tables only',
    `select k.relname || '.' || k.conname || ' to ' || k.confrelid::regclass as finding from (${tenantKeys}) k
     where not exists (select from (${tenantTables}) target where target.oid = k.confrelid)
       and coalesce(${nameOf('k.confrelid')} <> all ($1), true)`,
    [referenceTables],
  ),
  referenceKeys: check(
    'a reference table refers to no tenant table',
    `select t.relname || '.' || k.conname as finding
     from (${publicTables}) t join pg_constraint k on k.conrelid = t.oid and k.contype = 'f'
     where t.relname = any ($1) and exists (select from (${tenantTables}) target where target.oid = k.confrelid)`,
    [referenceTables],
  ),
  // Also where only another column is set null: foreign_constraint.c looks at the action, not at its columns.
  keyActions: check(
    'a foreign key that has workspace_id sets nothing null on delete and passes no update on',
    `select k.relname || '.' || k.conname as finding from (${tenantKeys}) k
     where ${workspaceOf('k.conrelid')} = any (k.conkey)
       and (k.confdeltype in ('n', 'd') or k.confupdtype in ('n', 'd', 'c'))`,
  ),
  distributionColumn: check(
    'workspace_id is a plain, required uuid everywhere, so that all tables can lie together',
    `select t.relname || ' ' || format_type(a.atttypid, a.atttypmod) as finding
     from (${tenantTables}) t join pg_attribute a on a.attrelid = t.oid and a.attname = 'workspace_id'
     where a.atttypid <> 'uuid'::regtype or not a.attnotnull or a.attgenerated <> ''`,
  ),
  identities: check(
    'a number that counts by itself is a bigint, with no default from a sequence',
    `select t.relname || '.' || a.attname as finding
     from (${tenantTables}) t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
     left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
     where (a.attidentity <> '' and a.atttypid <> 'int8'::regtype)
       or pg_get_expr(d.adbin, d.adrelid) like 'nextval(%'`,
  ),
  tableKinds: check(
    'a tenant table is an ordinary or a once partitioned table, without rules and inheritance',
    `select t.relname as finding from (${tenantTables}) t join pg_class c on c.oid = t.oid
     where c.relpersistence <> 'p' or c.relhasrules
       or (c.relkind = 'r' and exists (select from pg_inherits i where t.oid in (i.inhrelid, i.inhparent)))
       or exists (select from pg_inherits i join pg_class part on part.oid = i.inhrelid
         where i.inhparent = t.oid and part.relkind = 'p')`,
  ),
  triggers: check(
    'a trigger of a tenant table stays within its workspace: its function is reviewed',
    `select t.relname || '.' || g.tgname || ' calls ' || f.name as finding
     from (${tenantTables}) t join pg_trigger g on g.tgrelid = t.oid and not g.tgisinternal
     cross join lateral (select p.pronamespace::regnamespace || '.' || p.proname as name
       from pg_proc p where p.oid = g.tgfoid) f
     where f.name <> all ($1)`,
    [reviewedTriggerFunctions],
  ),
  everyTable: check(
    'every table is a tenant table or a declared reference table',
    `select t.relname as finding from (${publicTables}) t
     where not t.relispartition and t.relname <> all ($1)
       and not exists (select from (${tenantTables}) tenant where tenant.oid = t.oid)`,
    [referenceTables],
  ),
} satisfies Record<string, Check>
