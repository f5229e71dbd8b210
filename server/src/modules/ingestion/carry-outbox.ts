import { z } from 'zod'
import type { Services } from '../services.ts'
import { deleteOutbox, listOutbox, notifyCarried } from './queries.ts'
import { SnapshotFact } from './schema.ts'

/** Serialised by its queue: facts arrive in the order in which they became true. */
export const carryOutboxJob = { name: 'carry_outbox', payload: z.object({}) }

const rowsPerBatch = 1_000

/**
 * Carries facts to ClickHouse and deletes them from the outbox once ClickHouse has them for good. Killed in
 * between, it carries them again: equal facts are one fact there. While ClickHouse is away nothing is lost.
 */
export async function carryOutbox(services: Services, signal: AbortSignal): Promise<void> {
  while (true) {
    const rows = await services.doors.withDispatch((tx) => listOutbox(tx, rowsPerBatch))
    if (!rows.length) return
    await services.facts.write(
      'performance_metrics',
      rows.flatMap(({ workspace_id, payload }) => toMetricRows(workspace_id, payload)),
      signal,
    )
    await services.doors.withDispatch(async (tx) => {
      await deleteOutbox(tx, rows)
      await notifyCarried(tx, rows)
    })
    if (rows.length < rowsPerBatch) return
  }
}

function toMetricRows(workspaceId: string, payload: unknown) {
  const fact = SnapshotFact.parse(payload)
  return Object.entries(fact.metrics).map(([name, value]) => ({
    workspace_id: workspaceId,
    platform: fact.platform,
    social_account_id: fact.accountId,
    published_post_id: fact.publishedPostId,
    ...(fact.contentId ? { content_id: fact.contentId } : {}),
    metric_name: name,
    metric_value: value,
    timestamp: fact.capturedAt.replace('T', ' ').replace('Z', ''),
    source: fact.source,
  }))
}
