import { defineJob, enqueueJob, type Job, type Schedule } from '../../infra/jobs/queue.ts'
import type { Services } from '../services.ts'
import { duties } from './duties.ts'
import type { Duty } from './duty.ts'
import { cronOf, longestPauseMs } from './rhythm.ts'
import { runDuty } from './run-duty.ts'
import { DutyPayload, requestDutyJob } from './schema.ts'

const typeOf = (duty: Duty) => ({ name: duty.name, payload: DutyPayload })

export const jobs = (services: Services): Job[] => [
  ...duties.map((duty) =>
    defineJob(typeOf(duty), (payload, signal) => runDuty(services, duty, payload, signal)),
  ),
  defineJob(requestDutyJob, async ({ duty: name, requestedBy }) => {
    const duty = duties.find((candidate) => candidate.name === name)
    if (!duty) return services.log.warn({ duty: name }, 'there is no such duty')
    // The key is the clock's, too: a duty that waits to be tried again is done now, and once.
    await services.doors.withDispatch((tx) =>
      enqueueJob(tx, typeOf(duty), { requestedBy }, { key: duty.name, queue: duty.queue }),
    )
  }),
]

export const schedules: readonly Schedule[] = duties.map(({ name, rhythm, queue }) => ({
  job: name,
  cron: cronOf(rhythm),
  queue,
  // The last turn that was missed always lies within one rhythm; a minute covers the start itself.
  catchUpMs: longestPauseMs[rhythm.every] + 60_000,
}))
