import type { Services } from '../services.ts'
import type { Duty } from './duty.ts'
import { explainFailure } from './explain-failure.ts'
import {
  findLastStart,
  insertRun,
  underDutyLock,
  updateRunFailed,
  updateRunInterrupted,
  updateRunSucceeded,
} from './queries.ts'
import type { Cause, DutyPayload } from './schema.ts'

/**
 * Runs a duty and records it. While another worker is at it nothing happens: what was asked for is being done. A
 * failed run is recorded and thrown on, so that the queue tries it again.
 */
export async function runDuty(
  services: Services,
  duty: Duty,
  payload: DutyPayload,
  signal: AbortSignal,
): Promise<void> {
  const { doors, log } = services
  const done = await underDutyLock(doors, duty.name, async () => {
    const runId = await doors.withDispatch(async (tx) => {
      const cause = causeOf(payload, await findLastStart(tx, duty.name))
      return insertRun(tx, { duty: duty.name, cause, requestedBy: payload.requestedBy ?? null })
    })
    try {
      const outcome = await duty.run(services, signal)
      await doors.withDispatch((tx) => updateRunSucceeded(tx, runId, outcome))
    } catch (error) {
      await doors.withDispatch((tx) =>
        signal.aborted ? updateRunInterrupted(tx, runId) : updateRunFailed(tx, runId, explainFailure(error)),
      )
      throw error
    }
  })
  if (!done) log.info({ duty: duty.name }, 'a duty is being done by another worker already')
}

function causeOf({ requestedBy, _cron: turn }: DutyPayload, lastStart: Date | undefined): Cause {
  if (requestedBy) return 'person'
  if (turn && lastStart && lastStart >= turn.ts) return 'retry'
  return turn?.backfilled ? 'catch_up' : 'clock'
}
