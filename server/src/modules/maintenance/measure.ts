import type { DutyMeasurement, Metrics } from '../../infra/metrics.ts'
import type { Services } from '../services.ts'
import { duties } from './duties.ts'
import { type DutyRecord, listDutyRecords } from './queries-overview.ts'

/** One may still be going on, and others may have been interrupted: the result is that of the last that ended by itself. */
const runsRead = 10

/** From the record, not from this process: a server that runs no worker tells the same. */
export function measure(metrics: Metrics, services: Services): void {
  metrics.measureDuties(async () => {
    const records = await services.doors.withDispatch((tx) => listDutyRecords(tx, runsRead))
    return duties.flatMap(({ name }) => {
      const record = records.get(name)
      return record ? [toMeasurement(record)] : []
    })
  })
}

function toMeasurement({ name, lastSucceededAt, runs }: DutyRecord): DutyMeasurement {
  const [latest] = runs
  const last = runs.find(({ result }) => result === 'succeeded' || result === 'failed')
  return {
    duty: name,
    ...(latest ? { lastRunSeconds: Date.parse(latest.startedAt) / 1_000 } : {}),
    ...(lastSucceededAt ? { lastSuccessSeconds: lastSucceededAt.getTime() / 1_000 } : {}),
    ...(last?.durationMs != null ? { lastDurationSeconds: last.durationMs / 1_000 } : {}),
    ...(last ? { lastResult: last.result === 'succeeded' ? 1 : 0 } : {}),
  }
}
