/** What there really is after a migration: the catalogues of both engines, the cache's keys, and the jobs. */
import { readdir } from 'node:fs/promises'
import { cacheChannels, cacheKeys } from '../../src/infra/cache/keys.ts'
import type { World } from '../world.ts'
import { type ClickHouseCatalogue, readClickHouse } from './clickhouse-catalogue.ts'

export interface ColumnFact {
  /** With schema and table. */
  readonly name: string
  /** The type's own name, for an array with the prefix _. */
  readonly type: string
  /** As in pg_type.typtype: e for an enum. */
  readonly kind: string
  /** As in pg_type.typcategory: A for an array, S for text. */
  readonly category: string
}

export interface IndexFact {
  readonly table: string
  readonly method: string
  readonly unique: boolean
  readonly columns: readonly string[]
  /** Of a partial index. */
  readonly predicate: string | null
}

export interface TriggerFact {
  readonly table: string
  /** As in its definition: BEFORE UPDATE. */
  readonly moment: string
  readonly calls: string
}

export interface EngineCatalogue extends ClickHouseCatalogue {
  readonly relations: ReadonlyMap<string, string>
  readonly columns: ReadonlyMap<string, ColumnFact>
  readonly enums: ReadonlySet<string>
  readonly indexes: ReadonlyMap<string, IndexFact>
  /** Columns of each unique key by table. */
  readonly keys: ReadonlyMap<string, readonly (readonly string[])[]>
  /** `table.column -> table` */
  readonly references: ReadonlySet<string>
  /** Arguments with their types, of all functions of a name together. */
  readonly functions: ReadonlyMap<string, readonly string[]>
  /** Those that fire, by `table.name`. */
  readonly triggers: ReadonlyMap<string, TriggerFact>
  /** Those that open something, by `table.name`, with the command. */
  readonly policies: ReadonlyMap<string, string>
  readonly schemas: ReadonlySet<string>
  readonly extensions: ReadonlySet<string>
  readonly statistics: ReadonlyMap<string, number>
  readonly options: ReadonlySet<string>
  /** How long rows of a table stay in it, as an interval. */
  readonly retention: ReadonlyMap<string, string>
  readonly schemaGrants: ReadonlySet<string>
  /** Lifetime by template. */
  readonly cacheKeys: ReadonlyMap<string, number>
  readonly channels: ReadonlySet<string>
  /** Cron expression by job. */
  readonly schedules: ReadonlyMap<string, string>
}

const ours = `n.nspname in ('public', 'analytics', 'ml_data', 'app')`

export async function readCatalogue(world: World): Promise<EngineCatalogue> {
  const names = async (query: string) => {
    const rows = await world.query<{ name: string }>(query)
    return new Set(rows.map(({ name }) => name))
  }
  const pairs = async (query: string) => {
    const rows = await world.query<{ name: string; value: string }>(query)
    return new Map(rows.map(({ name, value }) => [name, value]))
  }
  const columns = await world.query<ColumnFact & { name: string }>(`
    select format('%s.%s.%s', n.nspname, c.relname, a.attname) as name, t.typname as type, t.typtype::text as kind,
      t.typcategory::text as category
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    join pg_type t on t.oid = a.atttypid
    where ${ours} and c.relkind in ('r', 'p', 'v', 'm') and a.attnum > 0 and not a.attisdropped`)
  const indexes = await world.query<IndexFact & { name: string }>(`
    select format('%s.%s', n.nspname, i.relname) as name, format('%s.%s', tn.nspname, t.relname) as table,
      am.amname as method, x.indisunique as unique, pg_get_expr(x.indpred, x.indrelid) as predicate,
      array(select trim(both '"' from pg_get_indexdef(i.oid, k, true)) from generate_series(1, x.indnkeyatts) k) as columns
    from pg_index x join pg_class i on i.oid = x.indexrelid join pg_namespace n on n.oid = i.relnamespace
    join pg_class t on t.oid = x.indrelid join pg_namespace tn on tn.oid = t.relnamespace join pg_am am on am.oid = i.relam
    where ${ours} and x.indisvalid`)
  const keys = new Map<string, string[][]>()
  for (const index of indexes.filter(({ unique, predicate }) => unique && !predicate)) {
    keys.set(index.table, [...(keys.get(index.table) ?? []), [...index.columns]])
  }
  const statistics = await world.query<{ name: string; value: number }>(`
    select format('%s.%s.%s', n.nspname, c.relname, a.attname) as name, a.attstattarget as value
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    where ${ours} and a.attstattarget > 0`)
  const triggers = await world.query<TriggerFact & { name: string }>(`
    select format('%s.%s.%s', n.nspname, c.relname, g.tgname) as name, format('%s.%s', n.nspname, c.relname) as table,
      substring(pg_get_triggerdef(g.oid) from '(?:BEFORE|AFTER) .*?(?= ON )') as moment,
      format('%s.%s', pn.nspname, p.proname) as calls
    from pg_trigger g join pg_class c on c.oid = g.tgrelid join pg_namespace n on n.oid = c.relnamespace
    join pg_proc p on p.oid = g.tgfoid join pg_namespace pn on pn.oid = p.pronamespace
    where not g.tgisinternal and g.tgenabled in ('O', 'A')`)
  return {
    relations: await pairs(`select format('%s.%s', n.nspname, c.relname) as name, c.relkind::text as value
      from pg_class c join pg_namespace n on n.oid = c.relnamespace where ${ours}`),
    columns: new Map(columns.map((fact) => [fact.name, fact])),
    enums: await names(`select format('%s.%s=%s', n.nspname, t.typname, e.enumlabel) as name
      from pg_enum e join pg_type t on t.oid = e.enumtypid join pg_namespace n on n.oid = t.typnamespace`),
    indexes: new Map(indexes.map(({ name, ...fact }) => [name, fact])),
    keys,
    references: await names(`
      select format('%s.%s.%s -> %s.%s', n.nspname, c.relname, a.attname, tn.nspname, t.relname) as name
      from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
      join pg_class t on t.oid = k.confrelid join pg_namespace tn on tn.oid = t.relnamespace
      join pg_attribute a on a.attrelid = c.oid and a.attnum = any (k.conkey) where k.contype = 'f'`),
    functions: await readFunctions(world),
    triggers: new Map(triggers.map(({ name, ...fact }) => [name, fact])),
    policies:
      await pairs(`select format('%s.%s.%s', schemaname, tablename, policyname) as name, lower(cmd) as value
      from pg_policies where permissive = 'PERMISSIVE'`),
    schemas: await names(`select nspname as name from pg_namespace`),
    extensions: await names(`select extname as name from pg_extension`),
    statistics: new Map(statistics.map(({ name, value }) => [name, value])),
    options: await names(`select format('%s.%s.%s', n.nspname, c.relname, option) as name
      from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join unnest(c.reloptions) option`),
    // By partition, by the rules of other tables, or by the function that deletes what is short-lived.
    retention: await pairs(`
      select table_name as name, keep::text as value from app.partitioned_tables
      union all select table_name, keep::text from app.retained_rows
      union all select deletion[1], deletion[2]::interval::text from pg_proc p
        cross join regexp_matches(p.prosrc, 'delete from ([\\w.]+) where \\w+ < now\\(\\) - interval ''([^'']+)''', 'g') deletion
        where p.oid = 'analytics.cleanup_old_data()'::regprocedure`),
    schemaGrants:
      await names(`select format('%s %s schema %s', r.rolname, lower(g.privilege_type), n.nspname) as name
      from pg_namespace n cross join aclexplode(n.nspacl) g join pg_roles r on r.oid = g.grantee`),
    ...(await readClickHouse(world.clickhouseUrl)),
    cacheKeys: new Map(Object.values(cacheKeys).map(({ template, lifetimeMs }) => [template, lifetimeMs])),
    channels: new Set(Object.values(cacheChannels).map(({ template }) => template)),
    schedules: await readSchedules(),
  }
}

async function readFunctions(world: World): Promise<Map<string, string[]>> {
  const rows = await world.query<{ name: string; taken: string }>(`
    select format('%s.%s', n.nspname, p.proname) as name,
      replace(pg_get_function_identity_arguments(p.oid), '"', '') as taken
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace where ${ours}`)
  const functions = new Map<string, string[]>()
  for (const { name, taken } of rows)
    functions.set(name, [...(functions.get(name) ?? []), ...taken.split(', ')])
  return functions
}

interface ModuleWithSchedules {
  readonly schedules?: readonly { readonly job: string; readonly cron: string }[]
}

async function readSchedules(): Promise<Map<string, string>> {
  const folder = new URL('../../src/modules/', import.meta.url)
  const entries = await readdir(folder, { withFileTypes: true })
  const modules = await Promise.all(
    entries
      .filter((entry) => entry.isDirectory())
      .map(
        (entry): Promise<Record<string, unknown>> => import(new URL(`${entry.name}/index.ts`, folder).href),
      ),
  )
  const found = modules.flatMap((module) => Object.values(module)).filter(hasSchedules)
  return new Map(found.flatMap(({ schedules = [] }) => schedules.map(({ job, cron }) => [job, cron])))
}

function hasSchedules(exported: unknown): exported is ModuleWithSchedules {
  return (
    typeof exported === 'object' && exported !== null && Array.isArray(Reflect.get(exported, 'schedules'))
  )
}
