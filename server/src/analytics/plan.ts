import { catalogue } from './catalogue.ts'
import type { ParsedQuery } from './parse.ts'

/** Which table answers a question, and as what. */
export interface Plan {
  readonly table: 'performance_metrics' | 'post_metrics_hourly'
  readonly query: ParsedQuery
}

/** Hours come from the rollup, single snapshots from the raw facts. */
export function planQuery(query: ParsedQuery): Plan {
  for (const metric of query.metrics) {
    if (!catalogue.has(metric)) throw new Error(`the catalogue has no metric ${metric}`)
  }
  return { table: query.grain === 'hour' ? 'post_metrics_hourly' : 'performance_metrics', query }
}
