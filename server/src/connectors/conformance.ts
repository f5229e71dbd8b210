/**
 * The guarantees that everything above relies on, as a vitest suite that each connector passes against a
 * real network. A connector's own test calls `describeConnector` and adds what only its network has.
 */
import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type {
  AccountSession,
  Connector,
  ConnectorContext,
  PlatformPost,
  PublicationIdentity,
} from './connector.ts'
import { ConnectorFailure } from './failure.ts'

/** A fresh account on the network, with what its owner would type. */
export interface HarnessAccount {
  readonly serviceUrl: string
  readonly username: string
  readonly appPassword: string
  readonly platformAccountId: string
}

/** What the suite asks of the network besides the connector. */
export interface ConnectorHarness {
  context(): ConnectorContext
  createAccount(): Promise<HarnessAccount>
  /** Ids of all posts of an account, read without the connector. */
  listPostIds(platformAccountId: string): Promise<string[]>
  deletePost(account: HarnessAccount, platformPostId: string): Promise<void>
  /** Another user likes the post. */
  like(platformPostId: string): Promise<void>
  revokeSessions(platformAccountId: string): Promise<void>
  /** Resolves once the network's counters are exact. */
  settle(): Promise<void>
  /** A loopback address where nothing listens. */
  readonly unreachableServiceUrl: string
}

/** The failure of a call; fails the test where the call succeeds or throws anything else. */
export async function failureOf(call: Promise<unknown>): Promise<ConnectorFailure> {
  const outcome = await call.then(
    () => 'no failure',
    (error: unknown) => error,
  )
  if (outcome instanceof ConnectorFailure) return outcome
  throw new Error('the call did not end in a ConnectorFailure', { cause: outcome })
}

/** Registers the suite. `harness` is called inside hooks and tests only, so that it may be made in `beforeAll`. */
export function describeConnector(connector: Connector, harness: () => ConnectorHarness): void {
  const { auth, publish, read, limits } = connector
  const identity = (): PublicationIdentity => ({ publicationId: randomUUID(), createdAt: new Date() })

  describe(`${connector.displayName}: signing in`, () => {
    let account: HarnessAccount
    beforeAll(async () => {
      account = await harness().createAccount()
    })

    test('a name and an app password give a session with tokens that expire in the future', async () => {
      const session = await auth.connect(harness().context(), account)
      expect(session.platformAccountId).toBe(account.platformAccountId)
      expect(session.username).toBe(account.username)
      expect(session.accessToken).not.toBe('')
      expect(session.refreshToken).not.toBe('')
      expect(session.tokenExpiresAt.getTime()).toBeGreaterThan(Date.now())
    })

    test('a wrong password, an unknown name and an unreachable server have a text of their own each', async () => {
      const connect = (change: Partial<HarnessAccount>) =>
        failureOf(auth.connect(harness().context(), { ...account, ...change }))
      const wrongPassword = await connect({ appPassword: 'wrong-pass-word-here' })
      const unknownHost = await connect({ serviceUrl: 'https://no-such-host.invalid' })
      const unreachable = await connect({ serviceUrl: harness().unreachableServiceUrl })
      expect(wrongPassword.code).toBe('rejected')
      expect(unknownHost.code).toBe('rejected')
      expect(unreachable.code).toBe('unavailable_before_send')
      expect(new Set([wrongPassword.message, unknownHost.message, unreachable.message]).size).toBe(3)
    })

    test('a refresh keeps the identity and gives tokens that work', async () => {
      const session = await auth.connect(harness().context(), account)
      const refreshed = await auth.refresh(harness().context(), session)
      expect(refreshed).toMatchObject({
        platformAccountId: session.platformAccountId,
        serviceUrl: session.serviceUrl,
      })
      expect(refreshed.accessToken).not.toBe('')
      const again = await auth.refresh(harness().context(), refreshed)
      expect(again.refreshToken).not.toBe('')
    })

    test('a revoked session can not be refreshed, and says that it has expired', async () => {
      const session = await auth.connect(harness().context(), account)
      await harness().revokeSessions(account.platformAccountId)
      expect((await failureOf(auth.refresh(harness().context(), session))).code).toBe('auth_expired')
    })
  })

  if (publish) {
    describe(`${connector.displayName}: publishing`, () => {
      let account: HarnessAccount
      let session: AccountSession
      beforeAll(async () => {
        account = await harness().createAccount()
        session = await auth.connect(harness().context(), account)
      })

      const send = async (who: PublicationIdentity, text: string, as = session): Promise<PlatformPost> => {
        const rendered = await publish.render(text, harness().context(), session.serviceUrl)
        return publish.send(harness().context(), as, { identity: who, rendered, uploaded: null })
      }
      const postIds = () => harness().listPostIds(account.platformAccountId)

      test('segments put together are the text, which fits up to the limit and not beyond', async () => {
        const longest = 'a'.repeat(limits.text.max)
        const fitting = await publish.render(longest, null, session.serviceUrl)
        expect(fitting).toMatchObject({ text: longest, count: limits.text.max, faults: [] })
        expect(fitting.segments.map(({ text }) => text).join('')).toBe(longest)
        const tooLong = await publish.render(`${longest}a`, null, session.serviceUrl)
        expect(tooLong.faults.map(({ field }) => field)).toEqual(['text'])
      })

      test('a publication that is sent twice is one post', async () => {
        const [who, before] = [identity(), await postIds()]
        const first = await send(who, 'Sent twice')
        expect(await send(who, 'Sent twice')).toEqual(first)
        expect((await postIds()).filter((id) => !before.includes(id))).toEqual([first.platformPostId])
      })

      test('a publication that several processes send at once is one post', async () => {
        const [who, before] = [identity(), await postIds()]
        const sends = await Promise.allSettled(Array.from({ length: 5 }, () => send(who, 'Sent at once')))
        const made = (await postIds()).filter((id) => !before.includes(id))
        expect(made).toHaveLength(1)
        expect(sends.some(({ status }) => status === 'fulfilled')).toBe(true)
        for (const sent of sends) {
          if (sent.status === 'fulfilled') expect(sent.value.platformPostId).toBe(made[0])
          else expect(sent.reason).toMatchObject({ code: 'outcome_unknown' })
        }
      })

      test('two publications of one text are two posts', async () => {
        const first = await send(identity(), 'The same words')
        const second = await send(identity(), 'The same words')
        expect(second.platformPostId).not.toBe(first.platformPostId)
      })

      test('a post is found by its publication after it was sent, and not before or after it is deleted', async () => {
        const who = identity()
        const find = () => publish.findOwn(harness().context(), session, who)
        expect(await find()).toBeNull()
        const post = await send(who, 'Looked for')
        expect(await find()).toEqual(post)
        await harness().deletePost(account, post.platformPostId)
        expect(await find()).toBeNull()
      })

      test('what can not reach the server has certainly sent nothing', async () => {
        const stranded = { ...session, serviceUrl: harness().unreachableServiceUrl }
        expect((await failureOf(send(identity(), 'Lost', stranded))).code).toBe('unavailable_before_send')
        const search = publish.findOwn(harness().context(), stranded, identity())
        expect((await failureOf(search)).code).toBe('unavailable_before_send')
      })

      test('a token that the network does not know creates nothing and asks for a new connection', async () => {
        const before = await postIds()
        const stranger = { ...session, accessToken: `${session.accessToken.slice(0, -8)}AAAAAAAA` }
        expect((await failureOf(send(identity(), 'Not mine', stranger))).code).toBe('auth_expired')
        expect(await postIds()).toEqual(before)
      })

      if (read) {
        test('a counter that is nought is told as nought, one that is not told is absent', async () => {
          const post = await send(identity(), 'Counted')
          await harness().settle()
          const measure = () => read.postMetrics(harness().context(), session, [post.platformPostId])
          const [fresh] = await measure()
          expect(fresh).toMatchObject({ platformPostId: post.platformPostId, metrics: { likes: 0 } })
          const told = Object.keys(fresh?.metrics ?? {})
          expect(told.sort()).toEqual(Object.keys(connector.metricLabels).sort())
          await harness().like(post.platformPostId)
          await harness().settle()
          expect((await measure())[0]).toMatchObject({ metrics: { likes: 1 } })
        })

        test('a post that is gone is missing from the counters', async () => {
          const [kept, deleted] = [await send(identity(), 'Kept'), await send(identity(), 'Deleted')]
          await harness().deletePost(account, deleted.platformPostId)
          await harness().settle()
          const ids = [deleted.platformPostId, kept.platformPostId]
          const measured = await read.postMetrics(harness().context(), session, ids)
          expect(measured.map(({ platformPostId }) => platformPostId)).toEqual([kept.platformPostId])
        })
      }
    })
  }

  if (read) {
    test(`${connector.displayName}: the profile is that of the session's account`, async () => {
      const account = await harness().createAccount()
      const session = await auth.connect(harness().context(), account)
      await harness().settle()
      const profile = await read.profile(harness().context(), session)
      expect(profile).toMatchObject({
        platformAccountId: account.platformAccountId,
        username: account.username,
      })
    })
  }
}
