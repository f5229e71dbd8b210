/** What is written here and how it went out: content, its images, publications and their attempts. */
import { createHash } from 'node:crypto'
import { hourMs } from './calendar.ts'
import { type Item, row } from './items.ts'
import type { Account, Plan } from './plan.ts'
import type { Writing } from './writing.ts'

const writers = ['owner', 'manager', 'editor']

export function* tellContent(
  plan: Plan,
  writing: Writing,
  status: 'draft' | 'review' | 'approved' | 'scheduled' | 'published' = 'published',
): Generator<Item> {
  const { random, contentId, atMs } = writing
  const isPlanned = status === 'published' || status === 'scheduled'
  const wantedMs = atMs - random.between(2, 70) * hourMs
  const createdMs = Math.min(wantedMs, plan.calendar.untilMs - random.between(0.3, 60) * hourMs)
  const author = random.pick(plan.people.filter(({ role }) => writers.includes(role)))
  const campaign = plan.campaigns.find(({ startMs, endMs }) => atMs >= startMs && atMs < endMs)
  const byModel = random.chance(0.18)
  yield row('content', {
    workspace_id: plan.id,
    id: contentId,
    text: writing.text,
    status,
    scheduled_for: isPlanned ? new Date(atMs) : null,
    published_at: status === 'published' ? new Date(atMs) : null,
    created_by: author.id,
    created_at: new Date(createdMs),
    updated_at: new Date(status === 'published' ? atMs : createdMs + 900_000),
    title: writing.title,
    campaign_id: campaign && random.chance(0.6) ? campaign.id : null,
    hashtags: writing.hashtags,
    ai_model_used: byModel ? 'house-writer-2' : null,
    generation_prompt: byModel ? `A short post about ${writing.artist.name}, in our voice.` : null,
    quality_score: byModel ? Number(random.between(0.55, 0.97).toFixed(4)) : null,
    brand_guidelines_applied: byModel ? { tone: 'warm, brief' } : {},
  })
}

export interface Publication {
  readonly account: Account
  readonly publishedMs: number
  readonly platformPostId: string
  readonly url: string
}

export function* tellPublished(
  plan: Plan,
  writing: Writing,
  id: string,
  { account, publishedMs, platformPostId, url }: Publication,
): Generator<Item> {
  const { random, atMs } = writing
  const isRetried = random.chance(0.02)
  yield row('publications', {
    ...common(plan, writing, id, account),
    status: 'published',
    due_at: new Date(atMs),
    record_created_at: new Date(atMs + 400),
    retry_count: isRetried ? 1 : 0,
    platform_post_id: platformPostId,
    platform_post_url: url,
    published_at: new Date(publishedMs),
    failure_code: null,
    failure_text: null,
    failed_at: null,
    held: false,
    updated_at: new Date(publishedMs + 200),
  })
  if (isRetried)
    yield attempt(plan, writing, id, 1, publishedMs - 5_000, 'rate_limited', 'The network asked us to wait.')
  yield attempt(plan, writing, id, isRetried ? 2 : 1, publishedMs, null, null)
}

/** One that waits for its time, which in a generated workspace nobody looks for. */
export function waiting(plan: Plan, writing: Writing, id: string, account: Account): Item {
  return row('publications', {
    ...common(plan, writing, id, account),
    status: 'scheduled',
    due_at: new Date(writing.atMs),
    ...nothingYet,
    updated_at: new Date(plan.calendar.untilMs - hourMs),
  })
}

export function* tellFailed(
  plan: Plan,
  writing: Writing,
  id: string,
  account: Account,
  failure: { readonly code: string; readonly text: string },
): Generator<Item> {
  yield row('publications', {
    ...common(plan, writing, id, account),
    status: 'failed',
    due_at: new Date(writing.atMs),
    ...nothingYet,
    failure_code: failure.code,
    failure_text: failure.text,
    failed_at: new Date(writing.atMs + 3_000),
    updated_at: new Date(writing.atMs + 3_000),
  })
  yield attempt(plan, writing, id, 1, writing.atMs + 3_000, failure.code, failure.text)
}

const nothingYet = {
  record_created_at: null,
  retry_count: 0,
  platform_post_id: null,
  platform_post_url: null,
  published_at: null,
  failure_code: null,
  failure_text: null,
  failed_at: null,
  held: false,
}

function common(plan: Plan, { random, contentId, atMs }: Writing, id: string, account: Account) {
  return {
    workspace_id: plan.id,
    id,
    content_id: contentId,
    social_account_id: account.id,
    scheduled_for: new Date(atMs),
    created_at: new Date(Math.min(atMs, plan.calendar.untilMs) - random.between(0.2, 2) * hourMs),
  }
}

function attempt(
  plan: Plan,
  { random, text }: Writing,
  publicationId: string,
  number: number,
  finishedMs: number,
  failureCode: string | null,
  detail: string | null,
): Item {
  const startedMs = finishedMs - random.whole(400, 850)
  return row('publication_attempts', {
    workspace_id: plan.id,
    id: random.uuid(startedMs),
    publication_id: publicationId,
    number,
    fingerprint: createHash('sha256').update(text).digest('hex'),
    started_at: new Date(startedMs),
    submitted_at: new Date(startedMs + 150),
    finished_at: new Date(finishedMs),
    outcome: failureCode ? 'failed' : 'succeeded',
    failure_code: failureCode,
    detail,
  })
}
