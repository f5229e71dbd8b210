import { z } from 'zod'

export const MetricSeries = z
  .object({
    publishedPostId: z.uuid(),
    series: z.array(
      z.object({
        metric: z.string().describe('Name in the catalogue, for example likes.'),
        label: z.string().describe("The network's own word, for example Reposts."),
        points: z
          .array(z.object({ capturedAt: z.iso.datetime(), value: z.number() }))
          .describe('Cumulative values, oldest first.'),
      }),
    ),
  })
  .meta({ id: 'MetricSeries' })
export type MetricSeries = z.infer<typeof MetricSeries>

/**
 * Reads the numbers of one account's posts that are due; `all`, because a person asked, those that are not due yet or
 * read no more as well, also ones once found removed. Either way no more than 500 in a run, the longest due first.
 */
export const syncAccountJob = {
  name: 'sync_account',
  payload: z.object({ workspaceId: z.uuid(), accountId: z.uuid(), all: z.boolean().default(false) }),
}
export type AccountToSync = z.infer<typeof syncAccountJob.payload>

/** What the outbox carries for every snapshot. */
export const SnapshotFact = z.object({
  platform: z.string(),
  accountId: z.uuid(),
  publishedPostId: z.uuid(),
  contentId: z.uuid().nullable(),
  capturedAt: z.iso.datetime(),
  source: z.string(),
  metrics: z.record(z.string(), z.number()),
})
export type SnapshotFact = z.infer<typeof SnapshotFact>
