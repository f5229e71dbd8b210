/**
 * The only entrance to reading measured facts: parse, plan, SQL, run. It adds the workspace to every question,
 * and no text of a person ever becomes SQL.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import type { PostMetricName } from '../connectors/connector.ts'
import { unavailable } from '../infra/errors.ts'
import { AnalyticsQuery } from './parse.ts'
import { planQuery } from './plan.ts'
import { toSql } from './sql.ts'

export interface Point {
  readonly metric: PostMetricName
  readonly at: Date
  /** Cumulative value at that instant. */
  readonly value: number
}

export interface Analytics {
  /** Points ordered by metric and time. Throws `unavailable` while ClickHouse is away. */
  run(workspaceId: string, query: AnalyticsQuery): Promise<Point[]>
}

const Rows = z.array(
  z.object({
    metric: AnalyticsQuery.shape.metrics.element,
    at_ms: z.coerce.number(),
    value: z.number(),
  }),
)

export function createAnalytics(client: ClickHouseClient): Analytics {
  return {
    async run(workspaceId, query) {
      const { text, parameters } = toSql(workspaceId, planQuery(AnalyticsQuery.parse(query)))
      const rows = await client
        .query({ query: text, query_params: { ...parameters }, format: 'JSONEachRow' })
        .then((result) => result.json())
        .catch((cause: unknown) => {
          throw unavailable(
            'The analytics engine is away for the moment. Publishing goes on; try again shortly.',
            { cause },
          )
        })
      return Rows.parse(rows).map(({ metric, at_ms, value }) => ({ metric, at: new Date(at_ms), value }))
    },
  }
}
