/** Agents with their runs and what people thought of them, and what members do in the product. */
import { type Day, dayMs, hourMs } from './calendar.ts'
import { type Item, row } from './items.ts'
import type { Person, Plan } from './plan.ts'
import type { Random } from './random.ts'

const agentKinds = [
  { name: 'Caption writer', description: 'Writes three captions for a picture, in our voice.', perDay: 3.2 },
  {
    name: 'Comment sorter',
    description: 'Sorts new comments into thanks, questions and trouble.',
    perDay: 5,
  },
  { name: 'Weekly summary', description: 'Says in ten sentences what happened this week.', perDay: 0.3 },
  { name: 'Alt text helper', description: 'Describes pictures for those who do not see them.', perDay: 1.4 },
  // One that nobody has tried yet.
  { name: 'Headline tester', description: 'Compares five headlines.', perDay: 0 },
]
const models = ['house-writer-2', 'house-writer-2', 'house-writer-mini']
const failures = [
  ['timeout', 'The model did not answer within 60 seconds.'],
  ['rate_limit', 'The model asked us to wait.'],
  ['invalid_input', 'The picture could not be read.'],
] as const
const opinions = [
  'Exactly our tone.',
  'Needed one word changed.',
  'Too long again.',
  'Saved me half an hour.',
  null,
  null,
]

export function* tellWork(plan: Plan): Generator<Item> {
  const random = plan.random.fork('work')
  const people = plan.people.filter(({ role }) => role !== 'artist')
  for (const kind of agentKinds) yield* tellAgent(random.fork(kind.name), plan, kind, people)
  for (const person of plan.people) yield* tellVisits(random.fork(person.id), plan, person)
  yield* tellCohorts(random, plan)
}

function* tellAgent(
  random: Random,
  plan: Plan,
  kind: (typeof agentKinds)[number],
  people: readonly Person[],
): Generator<Item> {
  const agentId = random.uuid(plan.createdMs)
  const made = new Date(plan.createdMs)
  yield row('agents', {
    workspace_id: plan.id,
    id: agentId,
    name: kind.name,
    description: kind.description,
    model: models[0],
    config: { temperature: 0.4, language: 'en' },
    created_by: plan.owner.id,
    created_at: made,
    updated_at: made,
  })
  const level = random.logNormal(1, 0.4)
  for (const day of plan.calendar.days) {
    const isWeekend = day.weekday === 0 || day.weekday === 6
    const mean = kind.perDay * level * (isWeekend ? 0.25 : 1.2)
    for (let left = mean * random.logNormal(1, 0.4); random.next() < left; left--) {
      const startedMs = workingInstant(random, day)
      if (startedMs < plan.calendar.untilMs - hourMs) yield* tellRun(random, plan, agentId, people, startedMs)
    }
  }
}

const workingInstant = (random: Random, day: Day) =>
  day.startMs + (9 + 9 * Math.min(1, Math.abs(random.normal() / 3 + 0.5))) * hourMs

function* tellRun(
  random: Random,
  plan: Plan,
  agentId: string,
  people: readonly Person[],
  startedMs: number,
): Generator<Item> {
  const id = random.uuid(startedMs)
  const user = random.chance(0.8) ? random.pick(people) : null
  const status = random.chance(0.04) ? 'failed' : random.chance(0.02) ? 'cancelled' : 'completed'
  const [errorType, errorMessage] = status === 'failed' ? random.pick(failures) : [null, null]
  const seconds = Math.min(120, random.logNormal(4.5, 0.7))
  const tokens = Math.round(random.logNormal(1_400, 0.6))
  yield row('agent_runs', {
    workspace_id: plan.id,
    id,
    agent_id: agentId,
    user_id: user?.id ?? null,
    status,
    model: random.pick(models),
    input: { text: 'Three lines for tomorrow, please.' },
    output: status === 'completed' ? { lines: 3 } : null,
    created_at: new Date(startedMs - 300),
    started_at: new Date(startedMs),
    completed_at: new Date(startedMs + seconds * 1_000),
    runtime_seconds: Number(seconds.toFixed(3)),
    credits_consumed: Number((tokens * 0.004).toFixed(6)),
    tokens_used: status === 'failed' ? null : tokens,
    error_type: errorType,
    error_message: errorMessage,
  })
  if (!user || status !== 'completed' || !random.chance(0.2)) return
  const saidMs = startedMs + random.between(0.05, 5) * hourMs
  yield row('agent_feedback', {
    workspace_id: plan.id,
    id: random.uuid(saidMs),
    agent_run_id: id,
    user_id: user.id,
    rating: random.pick([5, 5, 4, 4, 4, 3, 3, 2, 1]),
    comment: random.pick(opinions),
    created_at: new Date(saidMs),
    updated_at: new Date(saidMs),
  })
}

const pages = ['/calendar', '/posts', '/posts/new', '/accounts', '/members', '/reports', '/agents']
const eventTypes = [
  'page_view',
  'page_view',
  'page_view',
  'feature_use',
  'api_call',
  'report_view',
  'export',
] as const
/** Activity is kept for 90 days; what is older has left its table. */
const activityMs = 89 * dayMs

function* tellVisits(random: Random, plan: Plan, person: Person): Generator<Item> {
  for (const day of plan.calendar.days) {
    const isWeekend = day.weekday === 0 || day.weekday === 6
    const tooOld = day.startMs < plan.calendar.untilMs - activityMs
    if (tooOld || !random.chance(person.diligence * (isWeekend ? 0.2 : 1))) continue
    const sessionId = random.uuid(day.startMs)
    let atMs = workingInstant(random, day)
    for (let clicks = random.whole(1, 9); clicks > 0 && atMs < plan.calendar.untilMs; clicks--) {
      yield row('analytics.user_activity', {
        workspace_id: plan.id,
        id: random.uuid(atMs),
        created_at: new Date(atMs),
        user_id: person.id,
        event_type: random.pick(eventTypes),
        event_name: null,
        page_path: random.pick(pages),
        session_id: sessionId,
        ip_address: `198.51.100.${random.whole(1, 254)}`,
        user_agent: 'Mozilla/5.0 (X11; Linux x86_64)',
        referrer: null,
        metadata: {},
      })
      atMs += random.logNormal(50_000, 1)
    }
  }
}

function* tellCohorts(random: Random, plan: Plan): Generator<Item> {
  for (const day of plan.calendar.days) {
    if (!day.date.endsWith('-01')) continue
    yield row('analytics.user_cohorts', {
      workspace_id: plan.id,
      id: random.uuid(day.startMs),
      cohort_period: 'monthly',
      cohort_date: day.date,
      initial_users: random.whole(2, 9),
      retention_data: {
        day_1: random.whole(80, 98),
        day_7: random.whole(60, 80),
        day_30: random.whole(35, 60),
      },
      ltv_estimate: Number(random.between(40, 400).toFixed(2)),
      avg_revenue_per_user: Number(random.between(5, 40).toFixed(2)),
      currency: plan.currency,
      churn_rate: Number(random.between(1, 9).toFixed(4)),
      created_at: new Date(day.endMs),
      updated_at: new Date(day.endMs),
    })
  }
}
