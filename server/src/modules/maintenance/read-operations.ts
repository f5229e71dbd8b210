import type { ActorContext } from '../services.ts'
import { duties } from './duties.ts'
import type { Duty } from './duty.ts'
import { requireOperator } from './policy.ts'
import {
  type DutyRecord,
  listDutyRecords,
  listLatestArchives,
  listLatestRefreshes,
} from './queries-overview.ts'
import { longestPauseMs, nextTurn } from './rhythm.ts'
import type { Operations, OperatorDuty } from './schema.ts'

const runsShown = 5
const archivesShown = 50

/** What an operator sees of the installation's maintenance. Tells nothing of any workspace. */
export async function readOperations({ doors, clock, actor }: ActorContext): Promise<Operations> {
  return doors.withActor(actor, null, async (tx) => {
    await requireOperator(tx)
    const records = await listDutyRecords(tx, runsShown)
    const now = clock.now()
    return {
      duties: duties.map((duty) => describe(duty, records.get(duty.name), now)),
      refreshes: await listLatestRefreshes(tx),
      archives: await listLatestArchives(tx, archivesShown),
    }
  })
}

function describe(duty: Duty, record: DutyRecord | undefined, now: Date): OperatorDuty {
  const { name, title, purpose, rhythm } = duty
  const lastSucceededAt = record?.lastSucceededAt ?? null
  const pauseMs = longestPauseMs[rhythm.every]
  return {
    name,
    title,
    purpose,
    rhythm: rhythm.every,
    nextDueAt: nextTurn(rhythm, now).toISOString(),
    lastSucceededAt: lastSucceededAt?.toISOString() ?? null,
    // A duty that never ran is not late: its first turn is still to come, or its first run says why it failed.
    overdue: lastSucceededAt !== null && now.getTime() - lastSucceededAt.getTime() > pauseMs * 1.5,
    runs: [...(record?.runs ?? [])],
  }
}
