/**
 * Fills workspaces with data that looks like life. Everything follows from the seed, the sizes and the instant at
 * which the story ends; each workspace is one transaction of PostgreSQL, so that it is there as a whole or not at all.
 */
import { performance } from 'node:perf_hooks'
import type { ClickHouseClient } from '@clickhouse/client'
import pg from 'pg'
import { createClickHouse } from '../../infra/clickhouse/client.ts'
import { createLog } from '../../infra/log.ts'
import { type Login, loginUrl } from '../../infra/postgres/pool.ts'
import type { Storage } from '../../infra/storage/storage.ts'
import { dayMs } from './calendar.ts'
import { keepPictures } from './pictures.ts'
import { type Plan, planWorkspace } from './plan.ts'
import { readTables } from './read-tables.ts'
import { tellStory } from './story.ts'
import { type Progress, writeWorkspace } from './write-workspace.ts'

export interface GenerateTarget {
  /** How the application logs in: as a role that owns nothing. */
  readonly login: Login
  /** Undefined: PostgreSQL alone is filled. */
  readonly clickhouseUrl: string | undefined
  /** Where the files behind the media go; without one the rows stand alone. */
  readonly storage?: Storage
}

export interface GenerateInput {
  readonly workspaces: number
  /** Published posts of all workspaces together. */
  readonly posts: number
  readonly days: number
  readonly seed: number
  readonly until: Date
}

export interface GenerateWatch {
  readonly onProgress?: (progress: Progress) => void
  /** Ends the work: the workspace that is being written is taken back as a whole. */
  readonly signal?: AbortSignal
}

export interface GeneratedWorkspace {
  readonly id: string
  readonly name: string
  readonly slug: string
  readonly timeZone: string
  readonly ownerId: string
}

export interface Generated {
  readonly workspaces: readonly GeneratedWorkspace[]
  /** Of these sizes and this seed, workspaces that were there before. */
  readonly present: number
  readonly rows: number
  readonly snapshots: number
  readonly facts: number
  readonly durationMs: number
}

const requestTimeoutMs = 600_000

export async function generate(
  target: GenerateTarget,
  input: GenerateInput,
  watch: GenerateWatch = {},
): Promise<Generated> {
  const plans = Array.from(
    { length: input.workspaces },
    (_, index) => () => planWorkspace(planInput(input, index)),
  )
  return generatePlanned(target, plans, watch)
}

export const planInput = (input: GenerateInput, index: number) => ({
  seed: input.seed,
  index,
  days: input.days,
  untilMs: input.until.getTime(),
  // The first ones get what is left over.
  posts: Math.floor(input.posts / input.workspaces) + (index < input.posts % input.workspaces ? 1 : 0),
})

/** The same for workspaces that somebody has planned. */
export async function generatePlanned(
  { login, clickhouseUrl, storage }: GenerateTarget,
  plans: readonly (() => Plan)[],
  watch: GenerateWatch,
): Promise<Generated> {
  const startedMs = performance.now()
  const client = new pg.Client({ connectionString: loginUrl(login), application_name: 'heliograph generate' })
  // A connection that dies fails the query that waits on it; without a listener it would end this process.
  client.on('error', () => undefined)
  const clickhouse = clickhouseUrl
    ? createClickHouse(clickhouseUrl, { requestTimeoutMs, log: createLog('error') })
    : undefined
  const workspaces: GeneratedWorkspace[] = []
  const sums = { present: 0, rows: 0, snapshots: 0, facts: 0 }
  try {
    await client.connect()
    const tables = await readTables(client)
    for (const [index, makePlan] of plans.entries()) {
      watch.signal?.throwIfAborted()
      const plan = makePlan()
      if (index === 0) await ensurePartitions(client, plan.calendar.fromMs, plan.calendar.untilMs)
      if (await isPresent(client, plan.slug)) {
        sums.present += 1
        continue
      }
      const written = await writeWorkspace({ client, clickhouse, tables }, plan, tellStory(plan), {
        ...watch,
        done: index,
        all: plans.length,
        before: sums,
        startedMs,
      })
      if (storage) await keepPictures(storage, plan)
      sums.rows += written.rows
      sums.snapshots += written.snapshots
      sums.facts += written.facts
      workspaces.push({
        id: plan.id,
        name: plan.name,
        slug: plan.slug,
        timeZone: plan.zone,
        ownerId: plan.owner.id,
      })
    }
    if (workspaces.length) await refreshViews(client)
    return { workspaces, ...sums, durationMs: Math.round(performance.now() - startedMs) }
  } finally {
    await closeBoth(client, clickhouse)
  }
}

async function closeBoth(client: pg.Client, clickhouse: ClickHouseClient | undefined): Promise<void> {
  await Promise.all([client.end(), clickhouse?.close()])
}

/** Runs one statement as a role, in a transaction of its own. */
async function asRole<Row extends pg.QueryResultRow>(
  client: pg.ClientBase,
  role: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  await client.query('begin')
  try {
    await client.query('select set_config($1, $2, true)', ['role', role])
    const { rows } = await client.query<Row>(text, [...values])
    await client.query('commit')
    return rows
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}

async function ensurePartitions(client: pg.ClientBase, fromMs: number, untilMs: number): Promise<void> {
  // Audit lines and sessions of before the span need their months, too.
  const from = new Date(fromMs - 31 * dayMs)
  const months = Math.ceil((untilMs - from.getTime()) / (28 * dayMs)) + 1
  await asRole(client, 'dispatch_service', 'select app.ensure_partitions($1, $2)', [from, months])
}

/** The slug follows from the seed alone, so that a seed makes a workspace once, however large and until when. */
async function isPresent(client: pg.ClientBase, slug: string): Promise<boolean> {
  const rows = await asRole(client, 'dispatch_service', 'select from workspaces where slug = $1', [slug])
  return rows.length > 0
}

async function refreshViews(client: pg.ClientBase): Promise<void> {
  const rows = await asRole<{ view_name: string; error_message: string | null }>(
    client,
    'dispatch_service',
    'select view_name, error_message from analytics.refresh_all_materialized_views()',
  )
  const failed = rows.find(({ error_message }) => error_message !== null)
  if (failed) throw new Error(`the view ${failed.view_name} could not be computed: ${failed.error_message}`)
}
