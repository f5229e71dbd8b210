/**
 * Fills workspaces with data that looks like life. Everything follows from the seed, the sizes and the instant at
 * which the story ends; each workspace is one transaction of PostgreSQL, so that it is there as a whole or not at all.
 */
import { performance } from 'node:perf_hooks'
import type pg from 'pg'
import { dayMs } from './calendar.ts'
import { asRole, refreshViews } from './database-roles.ts'
import { holdWorkspaces } from './hold-workspaces.ts'
import { type GenerateTarget, type OpenEngines, withEngines } from './open-engines.ts'
import { withPeopleOfBefore } from './people-of-before.ts'
import { keepPictures } from './pictures.ts'
import { type Plan, planWorkspace } from './plan.ts'
import { readTables } from './read-tables.ts'
import { tellStory } from './story.ts'
import { type Course, type Engines, type Progress, type Written, writeWorkspace } from './write-workspace.ts'

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
export const generatePlanned = (
  target: GenerateTarget,
  plans: readonly (() => Plan)[],
  watch: GenerateWatch,
): Promise<Generated> => withEngines(target, (engines) => writeAll(engines, target, plans, watch))

async function writeAll(
  { client, facts }: OpenEngines,
  target: GenerateTarget,
  plans: readonly (() => Plan)[],
  watch: GenerateWatch,
): Promise<Generated> {
  const startedMs = performance.now()
  const workspaces: GeneratedWorkspace[] = []
  const sums = { present: 0, rows: 0, snapshots: 0, facts: 0 }
  const tables = await readTables(client)
  for (const [index, makePlan] of plans.entries()) {
    watch.signal?.throwIfAborted()
    const planned = makePlan()
    const course = { ...watch, done: index, all: plans.length, before: sums, startedMs }
    const made = await holdWorkspaces(client, [planned], () =>
      writeAbsent({ client, facts, tables }, target, planned, course),
    )
    if (!made) {
      sums.present += 1
      continue
    }
    const { plan, written } = made
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
}

/** Undefined where the workspace is there already. */
async function writeAbsent(
  engines: Engines,
  { storage }: GenerateTarget,
  planned: Plan,
  course: Course,
): Promise<{ plan: Plan; written: Written } | undefined> {
  const { client } = engines
  if (await isPresent(client, planned.slug)) return undefined
  await ensurePartitions(client, planned.calendar.fromMs, planned.calendar.untilMs)
  const plan = await withPeopleOfBefore(client, planned)
  const written = await writeWorkspace(engines, plan, tellStory(plan), course)
  if (storage) await keepPictures(storage, plan)
  return { plan, written }
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
