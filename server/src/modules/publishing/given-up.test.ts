/** What no wait mends comes to an end, and its author hears of it once. */
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { NetworkAccount } from '../../../test/bluesky-network/network.ts'
import { passOn, refusal } from '../../../test/chaos/gate.ts'
import {
  type ConnectedWorld,
  createConnectedWorld,
  expectStatus,
  type Written,
} from '../../../test/connected-world.ts'
import type { Services } from '../services.ts'
import { publishPost } from './publish-post.ts'
import { releasePublications } from './schedule-content.ts'
import { sweepPublications } from './sweep-publications.ts'
import { tellAuthor } from './tell-author.ts'

const put = 'com.atproto.repo.putRecord'

// No worker runs: each test is its own workers.
let here: ConnectedWorld
let services: Services
let account: NetworkAccount
let accountId: string
beforeAll(async () => {
  here = await createConnectedWorld()
  services = here.world.app.services
  account = await here.join('alice')
  accountId = await here.connect(account)
})
afterEach(() => here.gate.keep())
afterAll(() => here?.stop())

const work = (publicationId: string, as: Services = services) =>
  publishPost(as, here.cast.workspaceId, publicationId)
const makeDue = (publicationId: string) =>
  here.world.query('update publications set due_at = now() where id = $1', [publicationId])
/** Seconds until a worker looks again, as of now. */
async function waitS(publicationId: string): Promise<number> {
  const [row] = await here.world.query<{ s: string }>(
    'select extract(epoch from due_at - now()) as s from publications where id = $1',
    [publicationId],
  )
  return Number(row?.s)
}
/** Takes the tellings of the author out of the queue; each gives the seconds until it is to run. */
async function takeTellings(publicationId: string): Promise<number[]> {
  const key = `tell_author:${publicationId}`
  const rows = await here.world.query<{ s: string }>(
    'select extract(epoch from run_at - now()) as s from graphile_worker.jobs where key = $1',
    [key],
  )
  await here.world.query('select graphile_worker.remove_job($1)', [key])
  return rows.map(({ s }) => Math.max(0, Math.round(Number(s))))
}
/** Subjects of the mails that a telling sends now. */
async function tell(publicationId: string): Promise<string[]> {
  const subjects: string[] = []
  const mailer: Services['mailer'] = {
    ...services.mailer,
    async send({ subject }) {
      subjects.push(subject)
    },
  }
  await tellAuthor({ ...services, mailer }, here.cast.workspaceId, publicationId)
  return subjects
}
const retry = async (publicationId: string) =>
  expectStatus(202, await here.cast.bob.request('POST', `${here.path}/publications/${publicationId}/retry`))

async function publishWithImage(text: string): Promise<Written> {
  const bytes = await sharp({ create: { width: 90, height: 90, channels: 3, background: 'red' } })
    .jpeg()
    .toBuffer()
  const { body } = expectStatus(201, await here.cast.bob.request('POST', `${here.path}/media`, bytes))
  const written = await here.draft(text, [accountId], [{ mediaId: body.id, altText: 'red' }])
  const path = `${here.path}/content/${written.contentId}/publish`
  expectStatus(202, await here.cast.bob.request('POST', path, { publishAt: 'now' }))
  return written
}

test('a network that answers questions but takes no posts is left alone after the last retry', async () => {
  here.gate.keep(async (passage) => (passage.nsid === put ? passage.cut() : passOn(passage)))
  const before = here.gate.count(put)
  const { contentId, publicationId } = await here.publish('Never taken', [accountId])
  const waits: number[] = []
  await work(publicationId)
  expect(await takeTellings(publicationId)).toEqual([600])
  expect(await tell(publicationId)).toEqual([`It is not known whether a post reached @${account.handle}`])
  for (let turn = 0; turn < 20 && (await here.seen(contentId)).status === 'unconfirmed'; turn++) {
    waits.push(Math.round(await waitS(publicationId)))
    const sent = here.gate.count(put)
    await work(publicationId)
    expect(here.gate.count(put), 'sent before it was due').toBe(sent)
    await makeDue(publicationId)
    await work(publicationId)
  }
  expect(waits.slice(0, 8)).toEqual([5, 15, 30, 60, 120, 300, 600, 900])
  expect(here.gate.count(put)).toBe(before + 9)
  const { status, failure } = await here.seen(contentId)
  expect({ status, code: failure.code }).toEqual({ status: 'failed', code: 'outcome_unknown' })
  expect(failure.reason).toContain('nothing of it is there')
  expect(failure.nextStep).toContain('try again')
  expect(await takeTellings(publicationId)).toEqual([0])
  expect(await tell(publicationId)).toEqual([`A post was not published on @${account.handle}`])
})

test('what breaks on our side before sending is begun again eight times, then fails and is told', async () => {
  const { contentId, publicationId } = await publishWithImage('Storage away')
  const storage = { ...services.storage, get: () => Promise.reject(new Error('the disk is gone')) }
  const before = here.gate.count(put)
  for (let turn = 0; turn < 8; turn++) {
    await expect(work(publicationId, { ...services, storage })).rejects.toThrow('the disk is gone')
    expect(await takeTellings(publicationId)).toEqual([])
    await makeDue(publicationId)
  }
  await work(publicationId, { ...services, storage })
  const { status, failure } = await here.seen(contentId)
  expect(status).toBe('failed')
  expect(failure.reason).toContain('Something went wrong on our side before anything was sent')
  expect(await takeTellings(publicationId)).toEqual([0])
  expect(here.gate.count(put)).toBe(before)
  // A person's retry begins a new count.
  await retry(publicationId)
  await work(publicationId)
  expect(await here.seen(contentId)).toMatchObject({ status: 'published' })
})

test('an image that cannot be decoded is a failure with a reason, at once', async () => {
  const { contentId, publicationId } = await publishWithImage('Half an image')
  const storage: Services['storage'] = {
    ...services.storage,
    async get(key) {
      const whole = await services.storage.get(key)
      return whole?.subarray(0, whole.length - 40)
    },
  }
  await work(publicationId, { ...services, storage })
  expect(await here.seen(contentId)).toMatchObject({
    status: 'failed',
    failure: { code: 'rejected', reason: expect.stringContaining('image') },
  })
  expect(await takeTellings(publicationId)).toEqual([0])
})

async function publishRevoked(handle: string) {
  const revoked = await here.join(handle)
  const revokedId = await here.connect(revoked)
  await here.network.revokeSessions(revoked.did)
  await here.world.query(
    `update social_accounts set token_expires_at = now() + interval '1 minute' where id = $1`,
    [revokedId],
  )
  return { revoked, revokedId, ...(await here.publish('Waits', [revokedId])) }
}

test('a post that becomes held is told to its author once; the sweep lets go what waits for nothing', async () => {
  const { contentId, publicationId, revoked, revokedId } = await publishRevoked('held')
  await work(publicationId)
  expect(await here.seen(contentId)).toMatchObject({ status: 'scheduled', held: true })
  expect(await takeTellings(publicationId)).toEqual([0])
  expect(await tell(publicationId)).toEqual([`A post waits until @${revoked.handle} is connected again`])
  await work(publicationId)
  await sweepPublications(services)
  expect(await takeTellings(publicationId)).toEqual([])
  expect(await here.seen(contentId)).toMatchObject({ held: true })
  // The word of the new connection does not arrive: no worker runs.
  expect(await here.connect(revoked)).toBe(revokedId)
  await sweepPublications(services)
  expect(await here.seen(contentId)).toMatchObject({ held: false })
  await work(publicationId)
  expect(await here.seen(contentId)).toMatchObject({ status: 'published' })
})

test('an account that is connected again while its post is about to be held does not leave it waiting', async () => {
  const { contentId, publicationId, revoked, revokedId } = await publishRevoked('woken')
  let reads = 0
  const raced: Services = {
    ...services,
    doors: {
      ...services.doors,
      async withWorkspace(workspaceId, body) {
        const [row] = await here.world.query<{ status: string }>(
          'select status from social_accounts where id = $1',
          [revokedId],
        )
        // First the worker reads that the account is revoked, then it settles what that means for the post.
        if (row?.status === 'revoked' && ++reads === 2) {
          await here.connect(revoked)
          await releasePublications(services, workspaceId, revokedId)
        }
        return services.doors.withWorkspace(workspaceId, body)
      },
    },
  }
  await work(publicationId, raced)
  expect(reads).toBe(2)
  expect(await here.seen(contentId)).toMatchObject({ status: 'scheduled', held: false })
  expect(await takeTellings(publicationId)).toEqual([])
  await work(publicationId)
  expect(await here.seen(contentId)).toMatchObject({ status: 'published' })
})

test('a wait that a network asks for ends within a day, and is told once when it is long', async () => {
  let waitForS = 60
  here.gate.keep(async (passage) => {
    if (passage.nsid !== put) return passOn(passage)
    const reset = String(Math.floor(Date.now() / 1_000) + waitForS)
    passage.relay(refusal(429, 'RateLimitExceeded', 'Slow down', { 'ratelimit-reset': reset }))
  })
  const { contentId, publicationId } = await here.publish('Snoozed', [accountId])
  await work(publicationId)
  expect(await takeTellings(publicationId)).toEqual([])
  waitForS = 7 * 86_400
  for (const tellings of [[0], []]) {
    await makeDue(publicationId)
    await work(publicationId)
    const { status, failure } = await here.seen(contentId)
    expect(status).toBe('scheduled')
    expect(Date.parse(failure.retryAt)).toBeLessThan(Date.now() + 24 * 3_600_000 + 1_000)
    expect(await takeTellings(publicationId)).toEqual(tellings)
  }
  expect(await waitS(publicationId)).toBeGreaterThan(86_000)
  expect(await tell(publicationId)).toEqual([expect.stringContaining('goes out later than planned')])
})

/** Sent without an answer, and given up. */
async function unconfirmedThenFailed(text: string, arrives: boolean): Promise<Written> {
  here.gate.keep(async (passage) => {
    if (passage.nsid !== put) return passOn(passage)
    if (arrives) await passage.forward()
    passage.cut()
  })
  const written = await here.publish(text, [accountId])
  await work(written.publicationId)
  here.gate.keep()
  await here.world.query(`update publications set status = 'failed', due_at = null where id = $1`, [
    written.publicationId,
  ])
  return written
}

test('what a person tries again after it arrived late is found and not sent', async () => {
  const { contentId, publicationId } = await unconfirmedThenFailed('Arrived late', true)
  const before = here.gate.count(put)
  await retry(publicationId)
  await work(publicationId)
  expect(await here.seen(contentId)).toMatchObject({ status: 'published', failure: null })
  expect(here.gate.count(put)).toBe(before)
})

test('what a person tries again after it never arrived is as new as the new try', async () => {
  const { contentId, publicationId } = await unconfirmedThenFailed('Never arrived', false)
  const retriedAtMs = Date.now()
  await retry(publicationId)
  await work(publicationId)
  expect(await here.seen(contentId)).toMatchObject({ status: 'published' })
  const [row] = await here.world.query<{ platform_post_id: string }>(
    'select platform_post_id from publications where id = $1',
    [publicationId],
  )
  const { value } = await here.network.getRecord(row?.platform_post_id ?? '')
  expect(Date.parse(String(value.createdAt))).toBeGreaterThanOrEqual(retriedAtMs)
})

test('of very many attempts the latest are shown, in their order', async () => {
  const { publicationId } = await here.draft('Often tried', [accountId])
  await here.world.query(
    `insert into publication_attempts (workspace_id, publication_id, number)
     select $1, $2, n from generate_series(1, 510) n`,
    [here.cast.workspaceId, publicationId],
  )
  const numbers = (await here.attempts(publicationId)).map(({ number }) => number)
  expect(numbers).toEqual(Array.from({ length: 500 }, (_, index) => index + 11))
})
