import type { Plan } from './plan.ts'

export interface BoundSql {
  readonly text: string
  readonly parameters: Readonly<Record<string, unknown>>
}

/** Both tables are read exactly without FINAL: equal facts meet in argMax, whether merged already or not. */
const templates: Readonly<Record<Plan['table'], string>> = {
  performance_metrics: `
    SELECT metric_name AS metric, toUnixTimestamp64Milli(timestamp) AS at_ms,
           argMax(metric_value, (source, inserted_at)) AS value
    FROM performance_metrics
    WHERE workspace_id = {workspace:UUID} AND metric_name IN {metrics:Array(String)}
      AND published_post_id = {post:UUID}
    GROUP BY metric_name, timestamp
    ORDER BY metric_name, timestamp
    LIMIT {limit:UInt32}`,
  post_metrics_hourly: `
    SELECT metric_name AS metric, toUnixTimestamp(hour) * 1000 AS at_ms, argMaxMerge(last_value) AS value
    FROM post_metrics_hourly
    WHERE workspace_id = {workspace:UUID} AND metric_name IN {metrics:Array(String)}
      AND published_post_id = {post:UUID}
    GROUP BY metric_name, hour
    ORDER BY metric_name, hour
    LIMIT {limit:UInt32}`,
}

/** The workspace is a parameter of its own: no question can leave it out or name another. */
export function toSql(workspaceId: string, { table, query }: Plan): BoundSql {
  return {
    text: templates[table],
    parameters: {
      workspace: workspaceId,
      metrics: query.metrics,
      post: query.publishedPostId,
      limit: query.limit,
    },
  }
}
