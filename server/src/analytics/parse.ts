import { z } from 'zod'
import { postMetricNames } from '../connectors/connector.ts'

/** A question to the measured facts. No part of it ever becomes SQL text. */
export const AnalyticsQuery = z.object({
  metrics: z.array(z.enum(postMetricNames)).min(1),
  publishedPostId: z.uuid(),
  /** `snapshot`: every captured value. `hour`: the last value of each UTC hour. */
  grain: z.enum(['snapshot', 'hour']),
  limit: z.int().min(1).max(20_000).default(20_000),
})
export type AnalyticsQuery = z.input<typeof AnalyticsQuery>
export type ParsedQuery = z.output<typeof AnalyticsQuery>
