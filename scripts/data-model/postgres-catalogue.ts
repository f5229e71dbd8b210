/** What docs/data-model.md shows of PostgreSQL, read from its catalogue. Names of the schema public stand alone. */
import pg from 'pg'

export interface Column {
  readonly name: string
  readonly type: string
  readonly comment: string | null
  readonly isPrimary: boolean
  readonly isUnique: boolean
  readonly isEnum: boolean
  readonly isRequired: boolean
}

export interface Reference {
  /** Without the workspace, unless that is all. */
  readonly columns: readonly string[]
  readonly to: string
  readonly isOptional: boolean
  /** At most one row refers to the same one. */
  readonly isSingle: boolean
}

export interface Table {
  readonly name: string
  readonly comment: string | null
  readonly isPartitioned: boolean
  /** How long rows stay, in PostgreSQL's words for an interval; null: kept. */
  readonly keep: string | null
  readonly columns: readonly Column[]
  readonly references: readonly Reference[]
}

export interface View {
  readonly name: string
  readonly comment: string | null
  readonly isMaterialized: boolean
}

export interface SqlFunction {
  readonly signature: string
  readonly comment: string | null
  /** Roles that may call it by name. */
  readonly callers: readonly string[]
}

export interface PostgresCatalogue {
  readonly tables: readonly Table[]
  readonly views: readonly View[]
  readonly functions: readonly SqlFunction[]
}

const nameOf = (relation: string, namespace: string) =>
  `case ${namespace}.nspname when 'public' then '' else ${namespace}.nspname || '.' end || ${relation}.relname`
const ours = `n.nspname in ('public', 'analytics', 'ml_data', 'app')`

const tablesQuery = `
  select ${nameOf('c', 'n')} as name, obj_description(c.oid, 'pg_class') as comment,
    c.relkind = 'p' as "isPartitioned",
    coalesce(
      (select keep::text from app.partitioned_tables where table_name::regclass = c.oid),
      (select keep::text from app.retained_rows where table_name::regclass = c.oid)) as keep,
    (select coalesce(json_agg(json_build_object(
        'name', a.attname,
        'type', case when t.typcategory = 'A' then e.typname || '[]' else t.typname end,
        'comment', col_description(c.oid, a.attnum),
        'isPrimary', exists (select from pg_constraint k where k.conrelid = c.oid and k.contype = 'p' and a.attnum = any (k.conkey)),
        'isUnique', exists (select from pg_constraint k where k.conrelid = c.oid and k.contype = 'u' and a.attnum = any (k.conkey)),
        'isEnum', t.typtype = 'e',
        'isRequired', a.attnotnull and not a.atthasdef and a.attidentity = '') order by a.attnum), '[]')
      from pg_attribute a join pg_type t on t.oid = a.atttypid left join pg_type e on e.oid = t.typelem
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
    (select coalesce(json_agg(json_build_object(
        'columns', case when cardinality(k.conkey) = 1 then names.list else array_remove(names.list, 'workspace_id') end,
        'to', ${nameOf('tc', 'tn')},
        'isOptional', exists (select from pg_attribute a
          where a.attrelid = c.oid and a.attnum = any (k.conkey) and not a.attnotnull),
        'isSingle', exists (select from pg_index i where i.indrelid = c.oid and i.indisunique and i.indpred is null
          and string_to_array(i.indkey::text, ' ')::smallint[] <@ k.conkey)) order by names.list), '[]')
      from pg_constraint k join pg_class tc on tc.oid = k.confrelid join pg_namespace tn on tn.oid = tc.relnamespace
      cross join lateral (select array(select a.attname::text from unnest(k.conkey) with ordinality as key (attnum, place)
        join pg_attribute a on a.attrelid = c.oid and a.attnum = key.attnum order by key.place) as list) names
      where k.conrelid = c.oid and k.contype = 'f' and k.conparentid = 0) as references
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where ${ours} and c.relkind in ('r', 'p') and not c.relispartition`

const viewsQuery = `
  select ${nameOf('c', 'n')} as name, obj_description(c.oid, 'pg_class') as comment, c.relkind = 'm' as "isMaterialized"
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where ${ours} and c.relkind in ('v', 'm')`

// Functions of triggers are called by nobody.
const functionsQuery = `
  select n.nspname || '.' || p.proname || '(' || array_to_string(array(
      select coalesce(p.proargnames[place], 'of ' || format_type(argument, null))
      from unnest(p.proargtypes) with ordinality as given (argument, place)), ', ') || ')' as signature,
    obj_description(p.oid, 'pg_proc') as comment,
    array(select r.rolname::text from aclexplode(p.proacl) g join pg_roles r on r.oid = g.grantee
      where g.grantee <> p.proowner order by r.rolname collate "C") as callers
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where ${ours} and p.prorettype <> 'trigger'::regtype
    and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')`

export async function readPostgresCatalogue(databaseUrl: string): Promise<PostgresCatalogue> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows: tables } = await client.query<Table>(tablesQuery)
    const { rows: views } = await client.query<View>(viewsQuery)
    const { rows: functions } = await client.query<SqlFunction>(functionsQuery)
    return {
      tables,
      views,
      functions: functions.toSorted((one, other) => (one.signature < other.signature ? -1 : 1)),
    }
  } finally {
    await client.end()
  }
}
