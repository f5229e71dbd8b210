import { sql } from 'kysely'
import type { Services } from '../services.ts'
import { createAttempts } from './attempts.ts'
import { counted, type Outcome } from './duty.ts'
import { findCoveredUntil, updateCoveredUntil, withPatience } from './queries.ts'
import { listNewSnapshots, type Period, rebuildDeltas } from './queries-derived.ts'

/** A snapshot is seen once its transaction ends, which may be a while after it was written. */
const overlapMs = 10 * 60_000
const longestStatementMs = String(30 * 60_000)

/**
 * Computes deltas anew in every workspace that has new snapshots, from the earliest instant of which they tell. Late
 * snapshots thereby change what was computed before; computed twice, the deltas are the same. A workspace that fails holds
 * back no other. The run then fails naming it, and its mark stays: the next run computes all since then once more, for
 * one mark serves all workspaces, and the one that failed must be asked again from where its deltas end.
 */
export async function computeDeltas(
  services: Services,
  signal: AbortSignal,
  { duty, periods }: { duty: string; periods: readonly Period[] },
): Promise<Outcome> {
  const { doors } = services
  const startedAt = services.clock.now()
  const changed = await withPatience(doors, async (tx) => {
    const covered = await findCoveredUntil(tx, duty)
    return listNewSnapshots(tx, covered && new Date(covered.getTime() - overlapMs))
  })
  const attempts = createAttempts(signal, 'could not be computed')
  let deltas = 0
  for (const workspace of changed) {
    await attempts.attempt(`workspace ${workspace.workspaceId}`, async () => {
      for (const period of periods) {
        signal.throwIfAborted()
        deltas += await doors.withWorkspace(workspace.workspaceId, async (tx) => {
          await sql`select set_config('statement_timeout', ${longestStatementMs}, true)`.execute(tx)
          return rebuildDeltas(tx, workspace, period)
        })
      }
    })
  }
  attempts.end()
  await doors.withDispatch((tx) => updateCoveredUntil(tx, duty, startedAt))
  return { summary: `Computed ${counted(deltas, 'delta')} in ${counted(changed.length, 'workspace')}.` }
}
