/** What there really is after a migration: the catalogues of both engines, the cache's keys, and the jobs. */
import { readdir } from 'node:fs/promises'
import { createClient } from '@clickhouse/client'
import { cacheChannels, cacheKeys } from '../../src/infra/cache/keys.ts'
import type { World } from '../world.ts'

export interface ColumnFact {
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

export interface EngineCatalogue {
  readonly relations: ReadonlyMap<string, string>
  readonly columns: ReadonlyMap<string, ColumnFact>
  readonly enums: ReadonlySet<string>
  readonly indexes: ReadonlyMap<string, IndexFact>
  /** Columns of each unique key by table. */
  readonly keys: ReadonlyMap<string, readonly (readonly string[])[]>
  /** `table.column -> table` */
  readonly references: ReadonlySet<string>
  readonly functions: ReadonlySet<string>
  readonly triggers: ReadonlySet<string>
  readonly policies: ReadonlySet<string>
  readonly schemas: ReadonlySet<string>
  readonly extensions: ReadonlySet<string>
  readonly statistics: ReadonlyMap<string, number>
  readonly options: ReadonlySet<string>
  readonly retention: ReadonlyMap<string, string>
  readonly schemaGrants: ReadonlySet<string>
  /** ClickHouse tables, and their columns as `table.column` with the type. */
  readonly clickhouse: ReadonlyMap<string, string>
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
  return {
    relations: await pairs(`select format('%s.%s', n.nspname, c.relname) as name, c.relkind::text as value
      from pg_class c join pg_namespace n on n.oid = c.relnamespace where ${ours}`),
    columns: new Map(columns.map(({ name, ...fact }) => [name, fact])),
    enums: await names(`select format('%s.%s=%s', n.nspname, t.typname, e.enumlabel) as name
      from pg_enum e join pg_type t on t.oid = e.enumtypid join pg_namespace n on n.oid = t.typnamespace`),
    indexes: new Map(indexes.map(({ name, ...fact }) => [name, fact])),
    keys,
    references: await names(`
      select format('%s.%s.%s -> %s.%s', n.nspname, c.relname, a.attname, tn.nspname, t.relname) as name
      from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
      join pg_class t on t.oid = k.confrelid join pg_namespace tn on tn.oid = t.relnamespace
      join pg_attribute a on a.attrelid = c.oid and a.attnum = any (k.conkey) where k.contype = 'f'`),
    functions: await names(`select format('%s.%s', n.nspname, p.proname) as name
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace where ${ours}`),
    triggers: await names(`select format('%s.%s.%s', n.nspname, c.relname, g.tgname) as name from pg_trigger g
      join pg_class c on c.oid = g.tgrelid join pg_namespace n on n.oid = c.relnamespace where not g.tgisinternal`),
    policies: await names(
      `select format('%s.%s.%s', schemaname, tablename, policyname) as name from pg_policies`,
    ),
    schemas: await names(`select nspname as name from pg_namespace`),
    extensions: await names(`select extname as name from pg_extension`),
    statistics: new Map(statistics.map(({ name, value }) => [name, value])),
    options: await names(`select format('%s.%s.%s', n.nspname, c.relname, option) as name
      from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join unnest(c.reloptions) option`),
    retention: await pairs(`select table_name as name, keep::text as value from app.partitioned_tables`),
    schemaGrants:
      await names(`select format('%s %s schema %s', r.rolname, lower(g.privilege_type), n.nspname) as name
      from pg_namespace n cross join aclexplode(n.nspacl) g join pg_roles r on r.oid = g.grantee`),
    clickhouse: await readClickHouse(world.clickhouseUrl),
    cacheKeys: new Map(Object.values(cacheKeys).map(({ template, lifetimeMs }) => [template, lifetimeMs])),
    channels: new Set(Object.values(cacheChannels).map(({ template }) => template)),
    schedules: await readSchedules(),
  }
}

async function readClickHouse(url: string): Promise<Map<string, string>> {
  const client = createClient({ url })
  try {
    const answer = await client.query({
      query: 'select table, name, type from system.columns where database = currentDatabase()',
      format: 'JSONEachRow',
    })
    const rows = await answer.json<{ table: string; name: string; type: string }>()
    return new Map(
      rows.flatMap(({ table, name, type }) => [
        [table, 'table'],
        [`${table}.${name}`, type],
      ]),
    )
  } finally {
    await client.close()
  }
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
