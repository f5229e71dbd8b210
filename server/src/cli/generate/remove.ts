/** Takes away everything that the generator made, in turns: whatever cuts it off, the next run goes on. */
import { performance } from 'node:perf_hooks'
import { asRole, inTransaction, refreshViews } from './database-roles.ts'
import { listFactTables } from './forget-facts.ts'
import type { GenerateWatch } from './generate.ts'
import { holdWorkspaces } from './hold-workspaces.ts'
import { countGeneratedPeople, type GeneratedHolding, listGenerated } from './list-generated.ts'
import { type GenerateTarget, type OpenEngines, withEngines } from './open-engines.ts'
import { forgetStragglers, removePeople, removeTurn } from './remove-turn.ts'

export interface Removed {
  readonly workspaces: number
  readonly posts: number
  readonly snapshots: number
  readonly facts: number
  readonly people: number
}

export interface Removal extends Removed {
  /** Generated people who are there still: workspaces of people, or the installation itself, know them. */
  readonly peopleWhoStay: number
  readonly durationMs: number
}

export interface RemoveOptions extends GenerateWatch {
  /** At most so many are gone together, or not at all. */
  readonly workspacesPerTurn?: number
}

/** A removal that has not come to its end. `removed` is gone for good; everything else is still marked. */
export class RemovalCutOff extends Error {
  override readonly name = 'RemovalCutOff'
  readonly removed: Removed
  constructor(removed: Removed, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.removed = removed
  }
}

/** ClickHouse takes as long for many workspaces as for one; PostgreSQL holds its locks for the whole turn. */
const mostWorkspacesPerTurn = 20
const mostSnapshotsPerTurn = 1_000_000
/** The part of a turn's time that PostgreSQL takes. */
const postgresShare = 0.6

const nothing: Removed = { workspaces: 0, posts: 0, snapshots: 0, facts: 0, people: 0 }

/** Rejects with RemovalCutOff when an engine fails or somebody stops it. ClickHouse must be there. */
export const removeGenerated = (target: GenerateTarget, options: RemoveOptions = {}): Promise<Removal> =>
  withEngines(target, (engines) => removeAll(engines, target, options), options.signal)

async function removeAll(
  { client, facts }: OpenEngines,
  { storage }: GenerateTarget,
  { onProgress, signal, workspacesPerTurn = mostWorkspacesPerTurn }: RemoveOptions,
): Promise<Removal> {
  const startedMs = performance.now()
  let removed = nothing
  try {
    if (!facts) throw new Error('ClickHouse is away')
    // Whether it answers is known before PostgreSQL has worked for nothing.
    await listFactTables(facts)
    const { workspaces } = await listGenerated(client)
    await asRole(client, 'generator_service', 'select app.analyze_changed_tables()')
    const tell = (phase: string, done: readonly GeneratedHolding[]) =>
      onProgress?.({
        phase,
        share: shareOf(removed, done, workspaces),
        rows: sizeOf(removed) + sizeOf(totalOf(done)),
        snapshots: removed.snapshots,
        facts: removed.facts,
        elapsedMs: performance.now() - startedMs,
      })
    for (const turn of turnsOf(workspaces, workspacesPerTurn)) {
      const place = { client, facts, storage }
      await holdWorkspaces(client, turn, async () => {
        const gone = await removeTurn(place, turn, { onStep: tell, signal })
        removed = added(removed, { ...totalOf(turn), ...gone })
        removed = { ...removed, facts: removed.facts + (await forgetStragglers(place, turn, signal)) }
      })
    }
    if (!workspaces.length) {
      removed = { ...removed, people: await inTransaction(client, () => removePeople(client)) }
    }
    tell('views over all workspaces', [])
    await refreshViews(client)
    const peopleWhoStay = await countGeneratedPeople(client)
    return { ...removed, peopleWhoStay, durationMs: Math.round(performance.now() - startedMs) }
  } catch (error) {
    throw new RemovalCutOff(removed, error)
  }
}

function turnsOf(workspaces: readonly GeneratedHolding[], most: number): GeneratedHolding[][] {
  const turns: GeneratedHolding[][] = []
  let snapshots = 0
  for (const workspace of workspaces) {
    const turn = turns.at(-1)
    snapshots += workspace.snapshots
    if (turn && turn.length < most && snapshots <= mostSnapshotsPerTurn) turn.push(workspace)
    else {
      turns.push([workspace])
      snapshots = workspace.snapshots
    }
  }
  return turns
}

export function totalOf(workspaces: readonly GeneratedHolding[]) {
  const sum = (of: (workspace: GeneratedHolding) => number) =>
    workspaces.reduce((total, workspace) => total + of(workspace), 0)
  return {
    workspaces: workspaces.length,
    posts: sum(({ posts }) => posts),
    snapshots: sum(({ snapshots }) => snapshots),
  }
}

const sizeOf = ({ posts, snapshots }: Pick<Removed, 'posts' | 'snapshots'>) => posts + snapshots

/** Of the turn under way, rows are gone and not yet facts. */
function shareOf(
  removed: Removed,
  done: readonly GeneratedHolding[],
  workspaces: readonly GeneratedHolding[],
): number {
  const all = Math.max(1, sizeOf(totalOf(workspaces)))
  return Math.min(0.99, (sizeOf(removed) + postgresShare * sizeOf(totalOf(done))) / all)
}

const added = (one: Removed, other: Removed): Removed => ({
  workspaces: one.workspaces + other.workspaces,
  posts: one.posts + other.posts,
  snapshots: one.snapshots + other.snapshots,
  facts: one.facts + other.facts,
  people: one.people + other.people,
})
