/** What content is about, and what people prefer, as vectors: those of one topic lie together. */
import type { Ledger } from './earnings.ts'
import type { Item } from './items.ts'
import { stampOf } from './learnings.ts'
import type { Plan } from './plan.ts'
import type { Random } from './random.ts'

const dimensions = 1536
/** A name that no provider has, so that nothing is ever compared with vectors of a real model. */
const model = 'generated-topics-1'

export function* tellVectors(plan: Plan, ledger: Ledger): Generator<Item> {
  const random = plan.random.fork('vectors')
  const topics = plan.trade.hashtags.map((topic) => ({ topic, centre: vector(random.fork(topic)) }))
  const at = stampOf(plan.calendar.untilMs)
  for (const { id, publishedMs, platform } of ledger.latestContents) {
    const { topic, centre } = random.pick(topics)
    yield {
      to: 'content_embeddings',
      document: {
        workspace_id: plan.id,
        model,
        content_id: id,
        embedding: near(random, centre),
        user_id: plan.owner.id,
        content_type: 'social_post',
        platform,
        topics: [topic],
        created_at: stampOf(publishedMs),
        engagement_score: random.chance(0.8) ? Number(random.next().toFixed(3)) : null,
        quality_score: null,
        version: 1,
      },
    }
  }
  for (const person of plan.people) {
    for (const type of ['interests', 'topics', 'style']) {
      yield {
        to: 'user_preference_embeddings',
        document: {
          workspace_id: plan.id,
          model,
          user_id: person.id,
          preference_type: type,
          embedding: near(random, random.pick(topics).centre),
          updated_at: at,
          confidence_score: Number(random.between(0.4, 0.95).toFixed(3)),
          version: 1,
        },
      }
    }
  }
}

const vector = (random: Random) => Array.from({ length: dimensions }, () => random.normal())
const near = (random: Random, centre: readonly number[]) =>
  centre.map((value) => Number((value + 0.6 * random.normal()).toFixed(4)))
