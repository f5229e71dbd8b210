import { dayMs } from './calendar.ts'
import { type Item, row } from './items.ts'
import type { Plan } from './plan.ts'

/** The versions of the workspace's model: the latest predicts. */
export function modelIds(plan: Plan) {
  const random = plan.random.fork('models')
  return { before: random.uuid(plan.createdMs), active: random.uuid(plan.createdMs + dayMs) }
}

export function* tellModels(plan: Plan): Generator<Item> {
  const random = plan.random.fork('model rows')
  const ids = modelIds(plan)
  const versions = [
    { id: ids.before, version: '1.1.0', atMs: plan.createdMs + 5 * dayMs, isActive: false, error: 19.4 },
    { id: ids.active, version: '1.2.0', atMs: plan.createdMs + 15 * dayMs, isActive: true, error: 14.1 },
  ]
  for (const { id, version, atMs, isActive, error } of versions) {
    yield row('ml_data.ml_models', {
      workspace_id: plan.id,
      id,
      name: 'viral-score',
      model_type: 'engagement_prediction',
      version,
      config: { trees: 120, depth: 4 },
      performance_metrics: { meanAbsoluteError: error, posts: random.whole(300, 900) },
      training_data_info: { until: new Date(atMs).toISOString().slice(0, 10) },
      parameters: Buffer.from(random.hex(64), 'hex'),
      is_active: isActive,
      trained_at: new Date(atMs),
      created_at: new Date(atMs),
      updated_at: new Date(atMs),
    })
  }
}
