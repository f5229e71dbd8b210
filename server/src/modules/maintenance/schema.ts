import { z } from 'zod'

export const Cause = z.enum(['clock', 'catch_up', 'person', 'retry'])
export type Cause = z.infer<typeof Cause>

const Result = z.enum(['running', 'succeeded', 'failed', 'interrupted'])

export const DutyRun = z
  .object({
    id: z.uuid(),
    cause: Cause.describe('catch_up: its time came while no worker ran. retry: the run before failed.'),
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
    durationMs: z.int().nullable(),
    result: Result.describe('interrupted: its worker was stopped or is gone; the next one does it again.'),
    summary: z.string().nullable(),
    details: z.array(z.string()),
    errorMessage: z.string().nullable(),
    remedy: z.string().nullable().describe('What an operator can do about the error.'),
  })
  .meta({ id: 'DutyRun' })
export type DutyRun = z.infer<typeof DutyRun>

export const OperatorDuty = z
  .object({
    name: z.string(),
    title: z.string(),
    purpose: z.string(),
    rhythm: z.enum(['hour', 'day', 'week', 'month']),
    nextDueAt: z.iso.datetime(),
    lastSucceededAt: z.iso.datetime().nullable(),
    overdue: z
      .boolean()
      .describe('Its time has passed by more than half a rhythm and it has not succeeded since.'),
    runs: z.array(DutyRun).describe('Latest first, at most five.'),
  })
  .meta({ id: 'OperatorDuty' })
export type OperatorDuty = z.infer<typeof OperatorDuty>

export const ViewRefresh = z
  .object({
    viewName: z.string(),
    startedAt: z.iso.datetime(),
    durationMs: z.int(),
    errorMessage: z.string().nullable(),
  })
  .meta({ id: 'ViewRefresh' })
export type ViewRefresh = z.infer<typeof ViewRefresh>

export const PartitionArchive = z
  .object({
    partitionName: z.string(),
    tableName: z.string(),
    rowCount: z.int(),
    location: z.string().nullable(),
    state: z.enum(['detached', 'written', 'verified', 'dropped']),
    detachedAt: z.iso.datetime(),
    droppedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'PartitionArchive' })
export type PartitionArchive = z.infer<typeof PartitionArchive>

export const Operations = z
  .object({
    duties: z.array(OperatorDuty),
    refreshes: z.array(ViewRefresh).describe('The latest of each view.'),
    archives: z.array(PartitionArchive).describe('Latest first, at most fifty.'),
  })
  .meta({ id: 'Operations' })
export type Operations = z.infer<typeof Operations>

/** What an operator asked for; the name is looked up among the duties that there are. */
export const requestDutyJob = {
  name: 'request_duty',
  payload: z.object({ duty: z.string(), requestedBy: z.uuid() }),
}

/** The clock adds `_cron` and nothing else; a person's wish names the person. */
export const DutyPayload = z.object({
  requestedBy: z.uuid().optional(),
  _cron: z.object({ ts: z.coerce.date(), backfilled: z.boolean().default(false) }).optional(),
})
export type DutyPayload = z.infer<typeof DutyPayload>
