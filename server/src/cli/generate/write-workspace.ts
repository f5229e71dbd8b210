import { performance } from 'node:perf_hooks'
import type pg from 'pg'
import { enter, inTransaction } from './database-roles.ts'
import { type FactStore, forgetFacts } from './forget-facts.ts'
import type { Item } from './items.ts'
import type { Plan } from './plan.ts'
import { createDocumentWriter } from './write-documents.ts'
import { createFactWriter } from './write-facts.ts'
import { createRowWriter, type RowWriter, type Tables } from './write-rows.ts'

export interface Written {
  readonly rows: number
  readonly snapshots: number
  readonly facts: number
}

export interface Progress extends Written {
  readonly phase: string
  /** Part of the whole work, from 0 to 1. */
  readonly share: number
  readonly elapsedMs: number
}

export interface Engines {
  readonly client: pg.ClientBase
  readonly facts: FactStore | undefined
  readonly tables: Tables
}

export interface Course {
  readonly onProgress?: (progress: Progress) => void
  readonly signal?: AbortSignal
  readonly done: number
  readonly all: number
  readonly before: Written
  readonly startedMs: number
}

const itemsPerLook = 5_000

/**
 * One workspace, in one transaction. ClickHouse has no such thing: what it got of one that fails is deleted. Under
 * `holdWorkspaces`, so that this is nobody else's.
 */
export async function writeWorkspace(
  engines: Engines,
  plan: Plan,
  story: Iterable<Item>,
  course: Course,
): Promise<Written> {
  try {
    return await inTransaction(engines.client, () => writeStory(engines, plan, story, course))
  } catch (error) {
    if (engines.facts) await forgetFacts(engines.facts, [plan.id])
    throw error
  }
}

async function writeStory(
  engines: Engines,
  plan: Plan,
  story: Iterable<Item>,
  course: Course,
): Promise<Written> {
  const { client, tables } = engines
  const clickhouse = engines.facts?.clickhouse
  const rows = createRowWriter(client, tables)
  const facts = clickhouse && createFactWriter(clickhouse)
  const documents = clickhouse && createDocumentWriter(clickhouse)
  const counts = { rows: 0, snapshots: 0 }
  const tell = (phase: string, shareOfWorkspace: number) =>
    course.onProgress?.({
      phase: `${plan.name}: ${phase}`,
      share: (course.done + shareOfWorkspace) / course.all,
      rows: course.before.rows + counts.rows,
      snapshots: course.before.snapshots + counts.snapshots,
      facts: course.before.facts + (facts?.count() ?? 0),
      elapsedMs: performance.now() - course.startedMs,
    })

  let posts = 0
  const write = (item: Item) => {
    if (item.to === 'table') {
      rows.add(item)
      counts.rows += 1
      if (item.table === 'post_snapshots') counts.snapshots += 1
      if (item.table === 'published_posts') posts += 1
    } else if (item.to === 'facts') facts?.add(item)
    else documents?.add(item)
  }

  await enter(client, 'generator_service', plan.id)
  let items = 0
  for (const item of story) {
    write(item)
    await room([rows, facts, documents])
    items += 1
    if (items % itemsPerLook) continue
    course.signal?.throwIfAborted()
    tell('posts and their numbers', posts / Math.max(1, plan.posts))
  }
  await Promise.all([rows.flush(), facts?.flush(), documents?.flush()])
  tell('the metrics of days and hours', 1)
  await derive(client, plan)
  return { ...counts, facts: facts?.count() ?? 0 }
}

/** Asked for every item, so a promise is made only where there is something to wait for. */
async function room(writers: readonly (Pick<RowWriter, 'room'> | undefined)[]): Promise<void> {
  for (const writer of writers) await writer?.room()
}

/** Days and hours whose metrics are computed, by the functions of the product that do so every day. */
const derivedDays = 90
const derivedHours = 72

async function derive(client: pg.ClientBase, plan: Plan): Promise<void> {
  await enter(client, 'dispatch_service', plan.id)
  const days = plan.calendar.days.slice(-derivedDays).map(({ date }) => date)
  for (const aggregate of ['aggregate_daily_metrics', 'aggregate_agent_performance']) {
    await client.query(`select analytics.${aggregate}(day, $2) from unnest($1::date[]) as day`, [
      days,
      plan.id,
    ])
  }
  await client.query(
    `select analytics.aggregate_hourly_metrics(hour, $2)
     from generate_series($1::timestamptz - make_interval(hours => $3), $1, interval '1 hour') as hour`,
    [new Date(plan.calendar.untilMs), plan.id, derivedHours],
  )
}
