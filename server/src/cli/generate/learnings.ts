/** What the product made of a post: predictions and how they turned out, the hours of its first day, events, vectors. */
import { hourMs } from './calendar.ts'
import type { Course } from './counters.ts'
import { type FactOrigin, type Item, row } from './items.ts'
import { modelIds } from './models.ts'
import type { Account, Plan } from './plan.ts'
import type { Random } from './random.ts'
import type { Readings } from './snapshots.ts'
import type { Writing } from './writing.ts'

export interface Learning {
  readonly plan: Plan
  readonly account: Account
  readonly writing: Writing
  readonly post: FactOrigin
  readonly publishedMs: number
  readonly course: Course
  readonly readings: Readings
}

const predictedShare = 0.25
const hourlyShare = 0.1
const mostEvents = 25

export function* tellLearnings(random: Random, learning: Learning): Generator<Item> {
  if (random.chance(hourlyShare)) yield* tellHours(random, learning)
  if (learning.post.contentId && random.chance(predictedShare)) yield* tellPrediction(random, learning)
  if (learning.post.contentId) yield* tellEvents(random, learning, learning.post.contentId)
}

function* tellHours(random: Random, { plan, account, post, readings }: Learning): Generator<Item> {
  for (const { atMs, engagements, impressions } of readings.gains) {
    yield row('analytics.engagement_by_time', {
      workspace_id: plan.id,
      id: random.uuid(atMs),
      social_account_id: account.id,
      published_post_id: post.postId,
      platform: post.platform,
      measured_at: new Date(atMs),
      day_of_week: plan.calendar.weekdayOf(atMs),
      hour_of_day: plan.calendar.hourOf(atMs),
      engagements,
      impressions,
      engagement_rate: impressions ? Number(((100 * engagements) / impressions).toFixed(6)) : null,
      engagement_velocity: engagements,
      created_at: new Date(atMs),
    })
  }
}

/** The percentile of a post among those of its account, from what is known of its quality. */
const percentile = (quality: number) => 100 / (1 + Math.exp(-2.43 * Math.log(Math.max(quality, 1e-6))))

function* tellPrediction(random: Random, learning: Learning): Generator<Item> {
  const { plan, account, post, publishedMs, course, readings } = learning
  const predictedMs = publishedMs - random.between(0.1, 3) * hourMs
  const actual = Math.min(100, percentile(course.quality))
  const predicted = Math.min(100, Math.max(0, actual + random.normal() * 14))
  const id = random.uuid(predictedMs)
  const share = random.between(0.2, 0.45)
  yield row('ml_data.viral_score_predictions', {
    workspace_id: plan.id,
    id,
    content_id: post.contentId,
    published_post_id: post.postId,
    social_account_id: account.id,
    ml_model_id: modelIds(plan).active,
    status: 'completed',
    predicted_score: Number(predicted.toFixed(4)),
    confidence_score: Number(random.between(0.45, 0.9).toFixed(6)),
    prediction_factors: [
      { factor: 'hour of day', share: Number(share.toFixed(3)) },
      { factor: 'hashtags', share: Number((0.6 - share).toFixed(3)) },
      { factor: 'length of the text', share: 0.4 },
    ],
    model_version: '1.2.0',
    created_at: new Date(predictedMs),
    predicted_at: new Date(predictedMs + 350),
    updated_at: new Date(predictedMs + 350),
  })
  const measuredMs = publishedMs + 72 * hourMs
  if (measuredMs >= plan.calendar.untilMs) return
  yield row('ml_data.prediction_accuracy', {
    workspace_id: plan.id,
    id: random.uuid(measuredMs),
    viral_score_prediction_id: id,
    predicted_score: Number(predicted.toFixed(4)),
    actual_score: Number(actual.toFixed(4)),
    accuracy_percentage: Number((100 - Math.abs(predicted - actual)).toFixed(4)),
    actual_metrics: readings.latest,
    measured_at: new Date(measuredMs),
  })
}

const browsers = [
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X)',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64)',
  'Mozilla/5.0 (Linux; Android 15)',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)',
]

/** Clicks on tracked links and the like, spread as the post's own numbers are. */
function* tellEvents(random: Random, learning: Learning, contentId: string): Generator<Item> {
  const { plan, post, publishedMs, course } = learning
  const count = Math.min(mostEvents, Math.floor(course.reached * 0.004 * random.next()))
  for (let number = 0; number < count; number++) {
    const atMs = Math.floor(publishedMs + 5_000 + 90 * hourMs * random.next() ** 3)
    if (atMs >= plan.calendar.untilMs) continue
    yield {
      to: 'events',
      document: {
        workspace_id: plan.id,
        event_id: random.uuid(atMs),
        content_id: contentId,
        event_type: random.pick(['link_click', 'link_click', 'view', 'share']),
        platform: post.platform,
        timestamp: stampOf(atMs),
        properties: { country: random.pick(['DE', 'US', 'GB', 'FR', 'NL']) },
        session_id: random.hex(8),
        // The block that RFC 5737 keeps for documents: nobody has such an address.
        ip_address: `::ffff:198.51.100.${random.whole(1, 254)}`,
        user_agent: random.pick(browsers),
      },
    }
  }
}

/** An instant as ClickHouse reads it. */
export const stampOf = (atMs: number) => new Date(atMs).toISOString().replace('T', ' ').replace('Z', '')
