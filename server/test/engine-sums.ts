/** What both engines and the media folder hold, table by table, for tests that ask whether it is the same as before. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from '@clickhouse/client'
import type { World } from './world.ts'

export type Sums = Readonly<Record<string, string>>

/** What the maintenance itself writes whenever it runs. */
const ownRecords = ['analytics.refresh_log', 'app.cache_counts']

export async function sumsOf(world: World): Promise<Sums> {
  return { ...(await tableSums(world)), ...(await factSums(world)), media: await fileNames(world) }
}

async function tableSums(world: World): Promise<Sums> {
  const tables = await world.query<{ name: string }>(
    `select format('%s.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname in ('public', 'analytics', 'ml_data', 'app') and c.relkind in ('r', 'p') and not c.relispartition
     order by 1`,
  )
  const sums: Record<string, string> = {}
  for (const { name } of tables.filter((table) => !ownRecords.includes(table.name))) {
    const [row] = await world.query<{ sum: string }>(
      `select count(*) || ' rows ' || coalesce(md5(string_agg(line, '|' order by line)), '') as sum
       from (select to_jsonb(t)::text as line from ${name} t) lines`,
    )
    sums[name] = row?.sum ?? ''
  }
  return sums
}

/** Rows that merges have not yet made one are one here, and states count by what they come to. */
async function factSums(world: World): Promise<Sums> {
  const client = createClient({ url: world.clickhouseUrl })
  const rows = async <T>(query: string) =>
    (await client.query({ query, format: 'JSONEachRow' })).json<T>() as Promise<T[]>
  try {
    const columns = await rows<{ table: string; name: string; type: string }>(
      `SELECT table, name, type FROM system.columns WHERE database = currentDatabase() AND table IN (
         SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree')
         AND table <> 'schema_migrations'`,
    )
    const sums: Record<string, string> = {}
    for (const table of new Set(columns.map((column) => column.table))) {
      const values = columns
        .filter((column) => column.table === table)
        .map(({ name, type }) =>
          type.startsWith('AggregateFunction') ? `finalizeAggregation(${name})` : name,
        )
      const [found] = await rows<{ rows: string; hash: string }>(
        `SELECT count() AS rows, groupBitXor(cityHash64(${values.join(', ')})) AS hash FROM ${table} FINAL`,
      )
      sums[table] = `${found?.rows} rows ${found?.hash}`
    }
    return sums
  } finally {
    await client.close()
  }
}

async function fileNames({ dataDirectory }: World): Promise<string> {
  const found = await readdir(join(dataDirectory, 'media'), { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    },
  )
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .join('\n')
}
