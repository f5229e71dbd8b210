/** What the analytics engine answers to the screen of one post: the course of its numbers. */
import type { ClickHouseClient } from '@clickhouse/client'
import { createAnalytics } from '../../server/src/analytics/run.ts'
import { quantile } from './measure-queries.ts'
import type { Subject } from './subjects.ts'

export interface Readings {
  readonly points: number
  readonly p50Ms: number
  readonly p99Ms: number
}

const warmUpRounds = 3

export async function measureReadings(
  client: ClickHouseClient,
  subjects: readonly Subject[],
  rounds: number,
): Promise<Readings> {
  const analytics = createAnalytics(client)
  const times: number[] = []
  let points = 0
  for (let round = -warmUpRounds; round < rounds; round++) {
    for (const { workspaceId, postId } of subjects) {
      const startedAt = performance.now()
      const course = await analytics.run(workspaceId, {
        metrics: ['likes', 'comments', 'shares', 'quotes'],
        publishedPostId: postId,
        grain: 'snapshot',
      })
      if (round < 0) continue
      times.push(performance.now() - startedAt)
      points = Math.max(points, course.length)
    }
  }
  return { points, p50Ms: quantile(times, 0.5), p99Ms: quantile(times, 0.99) }
}
