/** What lies on the desk: drafts, posts that wait for a word or for their time, failures, and the pictures in use. */
import { dayMs, hourMs } from './calendar.ts'
import { type Item, row } from './items.ts'
import type { Plan } from './plan.ts'
import { tellContent, tellFailed, waiting } from './publications.ts'
import type { Random } from './random.ts'
import { writePost } from './wording.ts'
import type { Writing } from './writing.ts'

const failures = [
  {
    code: 'auth_expired',
    text: 'The network no longer accepts our access to this account.',
  },
  { code: 'rejected', text: 'The network refused the post: the linked page could not be read.' },
  {
    code: 'duplicate',
    text: 'The network says that this was posted already.',
  },
  { code: 'media_not_ready', text: 'The network was still working on the video after an hour.' },
  { code: 'quota_exhausted', text: 'The network allows no more posts today.' },
]

export function* tellDesk(plan: Plan): Generator<Item> {
  const random = plan.random.fork('desk')
  const { untilMs } = plan.calendar
  for (let number = random.whole(4, 9); number > 0; number--) {
    yield* tellContent(
      plan,
      writingAt(random, plan, untilMs),
      random.pick(['draft', 'draft', 'review', 'approved']),
    )
  }
  for (let number = random.whole(6, 12); number > 0; number--) {
    const writing = writingAt(random, plan, plannedAt(random, plan))
    yield* tellContent(plan, writing, 'scheduled')
    for (const account of random.sample(plan.accounts, random.whole(1, 2))) {
      yield waiting(plan, writing, random.uuid(untilMs - hourMs), account)
    }
  }
  for (const failure of random.sample(failures, 3)) {
    const writing = writingAt(random, plan, untilMs - random.between(0.4, 20) * dayMs)
    yield* tellContent(plan, writing, 'scheduled')
    yield* tellFailed(plan, writing, random.uuid(writing.atMs), random.pick(plan.accounts), failure)
  }
  yield* tellPictures(random, plan)
}

/** A quarter of an hour that people would choose, within the next three weeks. */
function plannedAt(random: Random, { calendar }: Plan): number {
  const quarterMs = hourMs / 4
  while (true) {
    const atMs = Math.ceil((calendar.untilMs + random.between(0.1, 21) * dayMs) / quarterMs) * quarterMs
    const hour = new Date(atMs).toLocaleString('en-GB', {
      timeZone: calendar.zone,
      hour: '2-digit',
      hourCycle: 'h23',
    })
    if (Number(hour) >= 8 && Number(hour) <= 20) return atMs
  }
}

function writingAt(random: Random, plan: Plan, atMs: number): Writing {
  const artist = random.pick(plan.artists)
  const { text, hashtags } = writePost(random, plan.trade, artist.name, 280, random.pick(plan.trade.posts))
  const contentId = random.uuid(Math.min(atMs, plan.calendar.untilMs) - hourMs)
  return { random, contentId, text, hashtags, artist, atMs, title: null }
}

export const picturesPerWorkspace = 6

/** Pictures of the workspace, each shown by a draft. */
function* tellPictures(random: Random, plan: Plan): Generator<Item> {
  for (let number = 1; number <= picturesPerWorkspace; number++) {
    const createdMs = plan.calendar.untilMs - random.between(1, 30) * dayMs
    const id = random.uuid(createdMs)
    yield row('media', {
      workspace_id: plan.id,
      id,
      storage_key: pictureKey(plan, number),
      mime_type: 'image/png',
      size_bytes: 24_000,
      width_px: 1200,
      height_px: 800,
      title: `Picture ${number}`,
      created_by: plan.owner.id,
      created_at: new Date(createdMs),
      updated_at: new Date(createdMs),
    })
    const writing = writingAt(random, plan, createdMs)
    yield* tellContent(plan, writing, 'draft')
    yield row('content_media', {
      workspace_id: plan.id,
      content_id: writing.contentId,
      position: 0,
      media_id: id,
      alt_text: `Two soft fields of colour, the cover of ${plan.name}.`,
    })
  }
}

export const pictureKey = (plan: Plan, number: number) => `${plan.id}/generated-${number}.png`
