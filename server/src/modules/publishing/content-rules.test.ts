import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Cast, castOf, type Person } from '../../../test/cast.ts'
import { createWorld, type World } from '../../../test/world.ts'
import { publicationStatuses } from './schema.ts'

// No worker runs, so nothing that is planned here ever goes out.
let world: World
let cast: Cast
let path: string
let accountId: string
beforeAll(async () => {
  world = await createWorld()
  cast = await castOf(world)
  path = `/api/v1/workspaces/${cast.workspaceId}`
  accountId = await insertAccount(cast.workspaceId, 'did:plc:one')
})
afterAll(() => world?.stop())

async function insertAccount(workspaceId: string, did: string, status = 'active'): Promise<string> {
  const [row] = await world.query<{ id: string }>(
    `insert into social_accounts (workspace_id, platform, platform_account_id, username, service_url, status,
       access_token_encrypted, refresh_token_encrypted, token_expires_at)
     values ($1, 'bluesky', $2, 'alice.test', 'http://127.0.0.1:9', $3, 'sealed', 'sealed', now() + interval '1 day')
     returning id`,
    [workspaceId, did, status],
  )
  return row?.id ?? ''
}

const draft = (input: object, person: Person = cast.bob) =>
  person.request('POST', `${path}/content`, { text: 'A draft', accountIds: [accountId], ...input })
const publish = (contentId: string, publishAt = 'now') =>
  cast.bob.request('POST', `${path}/content/${contentId}/publish`, { publishAt })
const tomorrow = () => new Date(Date.now() + 86_400_000).toISOString()
async function upload(): Promise<string> {
  const pixel = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
    'base64',
  )
  const { status, body } = await cast.bob.request('POST', `${path}/media`, pixel)
  expect(status).toBe(201)
  return body.id
}

test('a wall-clock time is read in the zone of the workspace, which is Berlin', async () => {
  const { body } = await draft({})
  const year = new Date().getUTCFullYear() + 1
  expect((await publish(body.id, `${year}-07-01T18:30`)).body).toMatchObject({
    status: 'scheduled',
    scheduledFor: `${year}-07-01T16:30:00.000Z`,
  })
})

test('a time in the past, one that does not exist and one that is none are refused at their field', async () => {
  const { body } = await draft({})
  for (const publishAt of ['2020-01-01T10:00', '2027-03-28T02:30', 'tomorrow', '2027-13-01T10:00']) {
    const answer = await publish(body.id, publishAt)
    expect(answer.status, publishAt).toBe(422)
    expect(answer.body.errors[0].field).toBe('publishAt')
  }
  expect((await cast.bob.request('GET', `${path}/content/${body.id}`)).body.status).toBe('draft')
})

test('everything that keeps a post from going out is told at once', async () => {
  const media = []
  for (let i = 0; i < 5; i++) media.push({ mediaId: await upload(), altText: '' })
  const { body } = await draft({ text: 'x'.repeat(301), media })
  const answer = await publish(body.id)
  expect(answer.status).toBe(422)
  expect(answer.headers['content-type']).toContain('application/problem+json')
  expect(answer.body.errors).toEqual([
    { field: 'text', message: expect.stringContaining('shorten the text by 1') },
    { field: 'media', message: expect.stringContaining('at most 4 images: remove 1') },
  ])
})

test('300 characters as Bluesky counts fit, whatever they are made of', async () => {
  const { body } = await draft({ text: '👩‍👩‍👧'.repeat(100) + 'ö'.repeat(200) })
  expect((await publish(body.id, tomorrow())).status).toBe(202)
})

test('an empty post, and a post without an account, are refused', async () => {
  const empty = await draft({ text: '  ' })
  expect((await publish(empty.body.id)).body.errors).toMatchObject([{ field: 'text' }])
  const homeless = await draft({ accountIds: [] })
  expect((await publish(homeless.body.id)).body.errors).toMatchObject([{ field: 'accountIds' }])
})

test('an account that must be connected again is named before anything is planned', async () => {
  const revokedId = await insertAccount(cast.workspaceId, 'did:plc:revoked', 'revoked')
  const { body } = await draft({ accountIds: [accountId, revokedId] })
  const answer = await publish(body.id)
  expect(answer).toMatchObject({ status: 422 })
  expect(answer.body.errors).toEqual([
    { field: 'accountIds', message: expect.stringContaining('connected again') },
  ])
})

test('an account and an image of another workspace are refused as if they did not exist', async () => {
  const foreignId = await insertAccount(cast.otherWorkspaceId, 'did:plc:foreign')
  const foreign = await draft({ accountIds: [foreignId] })
  const unknown = await draft({ accountIds: ['00000000-0000-7000-8000-000000000000'] })
  expect(foreign).toMatchObject({ status: 422, body: { errors: [{ field: 'accountIds' }] } })
  expect(foreign.body).toEqual(unknown.body)
  const [image] = await world.query<{ id: string }>(
    `insert into media (workspace_id, storage_key, mime_type, size_bytes, width_px, height_px)
     values ($1, 'k', 'image/png', 1, 1, 1) returning id`,
    [cast.otherWorkspaceId],
  )
  expect(await draft({ media: [{ mediaId: image?.id }] })).toMatchObject({
    status: 422,
    body: { errors: [{ field: 'media' }] },
  })
  const preview = await cast.bob.request('POST', `${path}/content/preview`, {
    text: 'x',
    accountIds: [foreignId],
  })
  expect(preview.status).toBe(422)
})

test('a draft can be changed and deleted; what is planned must be cancelled first', async () => {
  const { body } = await draft({})
  const item = `${path}/content/${body.id}`
  const change = { text: 'Changed', accountIds: [accountId] }
  expect((await cast.bob.request('PATCH', item, change)).body).toMatchObject({ text: 'Changed' })
  expect((await publish(body.id, tomorrow())).status).toBe(202)
  expect((await cast.bob.request('PATCH', item, change)).body.code).toBe('already_on_its_way')
  expect((await cast.bob.request('DELETE', item)).body.code).toBe('not_a_draft')
  expect((await publish(body.id)).body.code).toBe('already_on_its_way')

  const cancelled = await cast.bob.request('POST', `${item}/cancel`)
  expect(cancelled.body).toMatchObject({ status: 'draft', scheduledFor: null })
  expect(cancelled.body.publications).toMatchObject([{ status: 'cancelled', scheduledFor: null }])
  expect((await cast.bob.request('PATCH', item, change)).status).toBe(200)
  expect((await publish(body.id, tomorrow())).status).toBe(202)
  expect((await cast.bob.request('POST', `${item}/cancel`)).status).toBe(200)
  expect((await cast.bob.request('DELETE', item)).status).toBe(204)
  expect((await cast.bob.request('GET', item)).status).toBe(404)
  expect(await world.query('select from publications where content_id = $1', [body.id])).toHaveLength(0)
})

test('a file that is no image, and an empty one, are refused whatever they call themselves', async () => {
  const media = `${path}/media`
  expect((await cast.bob.request('POST', media, Buffer.from('<svg/>'))).body.code).toBe('no_image')
  expect((await cast.bob.request('POST', media, Buffer.from('GIF89a'))).body.code).toBe('no_image')
  expect((await cast.bob.request('POST', media, Buffer.alloc(0))).status).toBeGreaterThanOrEqual(400)
})

test('an image that breaks off is refused when it is uploaded, in every format', async () => {
  const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const
  const image = sharp({ create: { width: 300, height: 300, channels: 3, background: 'red', noise } })
  for (const format of ['jpeg', 'png', 'webp', 'gif'] as const) {
    const whole = await image.clone().toFormat(format).toBuffer()
    expect((await cast.bob.request('POST', `${path}/media`, whole)).status, format).toBe(201)
    const half = whole.subarray(0, whole.length / 2)
    expect((await cast.bob.request('POST', `${path}/media`, half)).body.code, format).toBe('no_image')
  }
})

test('an SVG image that the decoder could draw is refused before it is drawn, whatever it says of itself', async () => {
  // In 1,200 bytes 14⁴ blurred squares: a quarter of a minute of drawing, which no time limit of the library ends.
  const fourteen = (id: number) => `<use href="#g${id}"/>`.repeat(14)
  const groups = [0, 1, 2, 3].map((id) => `<g id="g${id + 1}">${fourteen(id)}</g>`).join('')
  const blur = '<filter id="f"><feGaussianBlur stdDeviation="3"/></filter>'
  const square = '<rect id="g0" width="64" height="64" filter="url(#f)"/>'
  const drawn = (attribute: string) =>
    `<svg ${attribute} xmlns="http://www.w3.org/2000/svg" width="64" height="64"><defs>${blur}${square}${groups}</defs><use href="#g4"/></svg>`
  expect((await sharp(Buffer.from(drawn('a="WEBP"'))).metadata()).format).toBe('svg')
  const forms = [drawn(''), drawn('a="WEBP"'), drawn('a="GIF8"'), `<!--    WEBP-->${drawn('')}`]
  forms.push(`RIFF    WEBP${drawn('')}`, `RIFF    WEBPVP8 ${drawn('')}`, `GIF89a${drawn('')}`)
  // Two of them say WEBP where that format does.
  expect([forms[1], forms[3]].map((form) => form?.indexOf('WEBP'))).toEqual([8, 8])
  for (const form of forms) {
    const sinceMs = performance.now()
    const { body } = await cast.bob.request('POST', `${path}/media`, Buffer.from(form))
    expect(body.code, form.slice(0, 30)).toBe('no_image')
    expect(performance.now() - sinceMs, form.slice(0, 30)).toBeLessThan(3_000)
  }
})

test('an edit that races with publishing never leaves an account behind as a draft', async () => {
  const secondId = await insertAccount(cast.workspaceId, 'did:plc:raced')
  for (let turn = 0; turn < 40; turn++) {
    const { body } = await draft({})
    const item = `${path}/content/${body.id}`
    const edit = () => cast.bob.request('PATCH', item, { text: 'Edited', accountIds: [accountId, secondId] })
    const [first, second] = turn % 2 ? [edit, () => publish(body.id)] : [() => publish(body.id), edit]
    const answers = await Promise.all([first(), second()])
    expect(answers.filter(({ status }) => status >= 500)).toEqual([])
    const { body: seen } = await cast.bob.request('GET', item)
    const states = seen.publications.map(({ status }: { status: string }) => status)
    expect(states, `turn ${turn}`).toEqual(states.map(() => 'scheduled'))
    expect(seen.text === 'Edited').toBe(states.length === 2)
  }
})

test('pages of content hold everything once, newest first', async () => {
  const seen: string[] = []
  let cursor: string | null = null
  do {
    const query: string = cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''
    const { status, body } = await cast.vera.request('GET', `${path}/content?limit=3${query}`)
    expect(status).toBe(200)
    seen.push(...body.items.map(({ id }: { id: string }) => id))
    cursor = body.nextCursor
  } while (cursor)
  const [told] = await world.query<{ count: string }>(
    'select count(*) from content where workspace_id = $1',
    [cast.workspaceId],
  )
  expect(seen).toHaveLength(Number(told?.count))
  expect(new Set(seen).size).toBe(seen.length)
  expect((await cast.vera.request('GET', `${path}/content?cursor=nonsense`)).status).toBe(422)
})

test('every route: a stranger gets 404, a viewer 403 where something changes, nobody 401', async () => {
  const { body } = await draft({})
  const mediaId = await upload()
  const publicationId = body.publications[0].id
  const input = { text: 'x', accountIds: [] }
  const reads: Call[] = [
    ['GET', '/content'],
    ['POST', '/content/preview', input],
    ['GET', `/content/${body.id}`],
    ['GET', `/publications/${publicationId}/attempts`],
    ['GET', `/media/${mediaId}`],
  ]
  const writes: Call[] = [
    ['POST', '/content', input],
    ['PATCH', `/content/${body.id}`, input],
    ['DELETE', `/content/${body.id}`],
    ['POST', `/content/${body.id}/publish`, { publishAt: 'now' }],
    ['POST', `/content/${body.id}/cancel`],
    ['POST', `/publications/${publicationId}/retry`],
    ['POST', '/media', Buffer.from('x')],
  ]
  const statusOf = async (person: Person, [method, route, input]: Call, base = path) =>
    (await person.request(method, `${base}${route}`, input)).status
  const ofCharlie = `/api/v1/workspaces/${cast.otherWorkspaceId}`
  for (const call of [...reads, ...writes]) {
    const name = call.slice(0, 2).join(' ')
    expect(await statusOf(cast.nobody, call), `${name} of nobody`).toBe(401)
    expect(await statusOf(cast.charlie, call), `${name} of Charlie`).toBe(404)
    const named = call[1].includes(body.id) || call[1].includes(publicationId) || call[1].includes(mediaId)
    // Through the door of his own workspace, too, he finds nothing of another.
    if (named) expect(await statusOf(cast.charlie, call, ofCharlie), `${name} from elsewhere`).toBe(404)
  }
  for (const call of reads) expect(await statusOf(cast.vera, call), `${call[1]} of Vera`).toBe(200)
  for (const call of writes) expect(await statusOf(cast.vera, call), `${call[1]} of Vera`).toBe(403)
})
type Call = ['GET' | 'POST' | 'PATCH' | 'DELETE', string, unknown?]

const allowed: Record<string, readonly string[]> = {
  draft: ['scheduled', 'cancelled'],
  cancelled: ['scheduled', 'draft'],
  scheduled: ['claimed', 'unconfirmed', 'cancelled', 'failed'],
  claimed: ['submitted', 'scheduled', 'failed'],
  submitted: ['published', 'processing', 'failed', 'unconfirmed', 'scheduled'],
  processing: ['published', 'failed', 'unconfirmed'],
  unconfirmed: ['submitted', 'published', 'failed', 'scheduled'],
  failed: ['scheduled', 'cancelled'],
  published: [],
}

test('the database allows exactly the steps of the state machine, whoever asks', async () => {
  for (const from of publicationStatuses) {
    for (const to of publicationStatuses) {
      const outcome = await world
        .query(
          `with written as (
             insert into content (workspace_id, text) values ($1, 'steps') returning id
           )
           insert into publications (workspace_id, content_id, social_account_id, status, due_at, failure_code,
             platform_post_id, published_at)
           select $1, id, $2, $3, now(), 'rejected', 'at://x', now() from written returning id`,
          [cast.workspaceId, accountId, from],
        )
        .then(([row]) => world.query('update publications set status = $1 where id = $2', [to, row?.id]))
        .then(
          () => 'taken',
          (error: { code?: string }) => error.code,
        )
      const expected = from === to || allowed[from]?.includes(to) ? 'taken' : 'HG002'
      expect(outcome, `${from} -> ${to}`).toBe(expected)
    }
  }
})

test('a person cannot write what only a worker may: that a post is published', async () => {
  const { body } = await draft({})
  const { doors } = world.app.services
  const forge = doors.withActor({ userId: cast.alice.userId }, cast.workspaceId, (tx) =>
    tx
      .updateTable('publications')
      .set({ platform_post_id: 'at://forged' })
      .where('content_id', '=', body.id)
      .execute(),
  )
  await expect(forge).rejects.toThrow('permission denied')
})
