/** Generated data of the size asked for, made once for each data directory. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { generate } from '../../server/src/cli/generate/generate.ts'
import { errorCode } from '../../server/src/infra/process/error-code.ts'
import { type BenchEngines, connect } from './bench-engines.ts'
import type { SchemaOptions } from './options.ts'

const markerFile = 'generated-for-bench.json'
const Marker = z.object({
  workspaces: z.number(),
  posts: z.number(),
  days: z.number(),
  seed: z.number(),
  until: z.iso.datetime(),
  minutes: z.number(),
})
export type Fill = z.infer<typeof Marker>

/** Between two lines of progress. */
const sayEveryMs = 30_000
const outboxRows = 5_000
const duePublications = 300
const duePosts = 5_000
const hourMs = 3_600_000

export async function fillOnce(
  engines: BenchEngines,
  dataDirectory: string,
  options: SchemaOptions,
  say: (line: string) => void,
): Promise<Fill> {
  const found = await readMarker(dataDirectory)
  if (found) {
    refuseOtherSize(found, options, dataDirectory)
    say(`data of an earlier run, generated in ${found.minutes} min, told until ${found.until}`)
    return found
  }
  const { workspaces, posts, days, seed } = options
  const until = new Date(Math.floor(Date.now() / hourMs) * hourMs)
  let saidAt = performance.now()
  const { durationMs } = await generate(
    { login: engines.app, clickhouseUrl: engines.clickhouseUrl },
    { workspaces, posts, days, seed, until },
    {
      onProgress(progress) {
        if (performance.now() - saidAt < sayEveryMs) return
        saidAt = performance.now()
        const { share, snapshots, elapsedMs } = progress
        say(
          `generating: ${Math.round(share * 100)} %, ${snapshots.toLocaleString('en')} snapshots, ${Math.round(elapsedMs / 1_000)} s`,
        )
      },
    },
  )
  await becomeRunning(engines)
  const minutes = Math.round(durationMs / 6_000) / 10
  const fill = { workspaces, posts, days, seed, until: until.toISOString(), minutes }
  await writeFile(join(dataDirectory, markerFile), JSON.stringify(fill))
  say(`generated in ${minutes} min`)
  return fill
}

async function readMarker(dataDirectory: string): Promise<Fill | undefined> {
  try {
    return Marker.parse(JSON.parse(await readFile(join(dataDirectory, markerFile), 'utf8')))
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

function refuseOtherSize(found: Fill, options: SchemaOptions, dataDirectory: string): void {
  for (const name of ['workspaces', 'posts', 'days', 'seed'] as const) {
    if (found[name] === options[name]) continue
    throw new Error(
      `${dataDirectory} holds --${name} ${found[name]}, not ${options[name]}: name that size, or another --data`,
    )
  }
}

/**
 * Makes of the story an installation that runs: dispatch passes by what is marked as generated, and there are always
 * some posts due, some accounts to read, and some facts on their way to ClickHouse.
 */
async function becomeRunning({ superuser }: BenchEngines): Promise<void> {
  const client = await connect(superuser)
  try {
    // Without triggers, which keep the mark for good.
    await client.query(`set session_replication_role = replica`)
    await client.query('update workspaces set generated_at = null')
    await client.query(
      `update publications set due_at = now() where (workspace_id, id) in (
         select workspace_id, id from publications where status = 'scheduled' and not held order by due_at limit $1)`,
      [duePublications],
    )
    await client.query(
      `update published_posts set next_sync_at = now() where (workspace_id, id) in (
         select workspace_id, id from published_posts order by published_at desc limit $1)`,
      [duePosts],
    )
    await client.query(`set session_replication_role = origin`)
    await client.query(
      `insert into outbox (workspace_id, topic, payload)
       select s.workspace_id, 'snapshot', to_jsonb(s) - 'raw' from post_snapshots s limit $1`,
      [outboxRows],
    )
    // Statistics as autovacuum and the weekly duty leave them, of partitions and of the whole.
    await client.query('vacuum (analyze)')
  } finally {
    await client.end()
  }
}
