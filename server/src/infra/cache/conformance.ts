/**
 * What everything above the cache relies on, as a vitest suite that each implementation passes on its real
 * engine. Its own test calls `describeCache` and adds what only its engine has.
 */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Cache, ValueKey } from './cache.ts'
import { type CacheHarness, cleanUp, servingCache, until } from './conformance-harness.ts'
import { describeOutages } from './conformance-outage.ts'
import { MessageTooLarge, mostMessageBytes, mostValueBytes } from './encoding.ts'
import { cacheChannels, cacheKeys } from './keys.ts'

const Anything = z.unknown()
const Title = z.object({ title: z.string() })
const Note = z.object({ n: z.number() })

export function describeCache(name: string, harness: () => CacheHarness): void {
  describe(name, () => {
    let here: Cache
    let there: Cache
    beforeAll(async () => {
      here = await servingCache(harness())
      there = await servingCache(harness())
    })
    afterAll(() => cleanUp())

    const workspaceId = randomUUID()
    const freshKey = () => cacheKeys.content(workspaceId, { content_id: randomUUID() })
    const freshCounts = () => cacheKeys.liveEngagement(workspaceId, { content_id: randomUUID() })
    const freshLimit = () => cacheKeys.rateLimit({ user_id: randomUUID(), endpoint: 'POST /content' })
    const freshChannel = () => cacheChannels.notifications(workspaceId, { user_id: randomUUID() })

    test('a value is absent until it is set, is overwritten by the next, and is absent once deleted', async () => {
      const key = freshKey()
      expect(await here.get(key, Title)).toBeUndefined()
      await here.set(key, { title: 'one' })
      expect(await here.get(key, Title)).toEqual({ title: 'one' })
      await here.set(key, { title: 'two' })
      expect(await here.get(key, Title)).toEqual({ title: 'two' })
      await here.delete(key)
      expect(await here.get(key, Title)).toBeUndefined()
    })

    test.each([{ value: null }, { value: false }, { value: 0 }, { value: '' }, { value: [] }, { value: {} }])(
      '$value is a value and not absence',
      async ({ value }) => {
        const key = freshKey()
        await here.set(key, value)
        expect(await here.get(key, Anything)).toEqual(value)
      },
    )

    test('what JSON cannot hold is refused, and leaves the former value alone', async () => {
      const key = freshKey()
      await here.set(key, 'kept')
      const circular: Record<string, unknown> = {}
      circular.self = circular
      for (const value of [undefined, () => 1, 10n, circular]) {
        await expect(here.set(key, value)).rejects.toThrow(TypeError)
      }
      expect(await here.get(key, Anything)).toBe('kept')
    })

    test('a value that its reader cannot parse counts as absent', async () => {
      const key = freshKey()
      await here.set(key, { heading: 'written by another version' })
      expect(await here.get(key, Title)).toBeUndefined()
      expect(await here.get(key, Anything)).toEqual({ heading: 'written by another version' })
    })

    test('what a caller does to a value it has set or got changes nothing for others', async () => {
      const key = freshKey()
      const mine = { title: 'as set' }
      await here.set(key, mine)
      mine.title = 'changed'
      const got = await here.get(key, Title)
      if (got) got.title = 'changed'
      expect(await here.get(key, Title)).toEqual({ title: 'as set' })
    })

    test('a large value comes back to the letter; one too large takes the former back', async () => {
      const key = freshKey()
      const large = { title: 'ä\u0000"\\ 🎶\n'.repeat(40_000) }
      expect(Buffer.byteLength(JSON.stringify(large))).toBeGreaterThan(600_000)
      await here.set(key, large)
      expect(await here.get(key, Title)).toEqual(large)
      await here.set(key, { title: 'x'.repeat(mostValueBytes) })
      expect(await here.get(key, Anything)).toBeUndefined()
    })

    test('a value lives for its lifetime and not longer', async () => {
      const key: ValueKey = { ...freshKey(), lifetimeMs: 1_000 }
      const beforeSetMs = performance.now()
      await here.set(key, 'short')
      const afterSetMs = performance.now()
      let seen = 0
      for (;;) {
        const askedAtMs = performance.now()
        const value = await here.get(key, Anything)
        // An answer from before the earliest end must be there; one asked for after the latest must not.
        if (performance.now() < beforeSetMs + 999) expect(value).toBe('short')
        if (askedAtMs > afterSetMs + 1_002) expect(value).toBeUndefined()
        if (value === undefined) break
        seen += 1
      }
      expect(seen).toBeGreaterThan(0)
    })

    test('a value that one server changes or deletes is not served by another a second later', async () => {
      for (const change of [(key: ValueKey) => here.delete(key), (key: ValueKey) => here.set(key, 'new')]) {
        const key = freshKey()
        await there.set(key, 'old')
        expect(await there.get(key, Anything)).toBe('old')
        await change(key)
        await until(async () => (await there.get(key, Anything)) !== 'old', 1_000)
        for (let again = 0; again < 50; again += 1) expect(await there.get(key, Anything)).not.toBe('old')
      }
    })

    test('the same content in two workspaces is two values', async () => {
      const content = { content_id: randomUUID() }
      const own = cacheKeys.content(workspaceId, content)
      const foreign = cacheKeys.content(randomUUID(), content)
      await here.set(own, 'own')
      expect(await here.get(foreign, Anything)).toBeUndefined()
      await here.set(foreign, 'foreign')
      await here.delete(foreign)
      expect(await here.get(own, Anything)).toBe('own')
    })

    test('no addition is lost, whichever server makes it', async () => {
      const key = freshCounts()
      expect(await here.findCounts(key)).toBeUndefined()
      const additions = Array.from({ length: 300 }, (_, turn) =>
        (turn % 2 ? here : there).addCounts(key, turn % 3 ? { likes: 2 } : { likes: 2, 'shares.total': -1 }),
      )
      const answers = await Promise.all(additions)
      expect(await there.findCounts(key)).toEqual({ likes: 600, 'shares.total': -100 })
      // Each answer is a state that was true at one moment: no two calls see the same.
      expect(new Set(answers.map((counts) => counts?.likes)).size).toBe(300)
    })

    test('adding nothing counts nothing; a fraction and a nameless counter are refused', async () => {
      const key = freshCounts()
      expect(await here.addCounts(key, {})).toBeUndefined()
      await expect(here.addCounts(key, { likes: 0.5 })).rejects.toThrow('whole numbers')
      await expect(here.addCounts(key, { 'a b\u0000': 1 })).rejects.toThrow('no name of a counter')
      expect(await here.findCounts(key)).toBeUndefined()
      expect(here.isServing()).toBe(true)
    })

    test('counters live on with each addition and end a lifetime after the last', async () => {
      const key = { ...freshCounts(), lifetimeMs: 600 }
      const startedAtMs = performance.now()
      let total = 0
      let askedAtMs = startedAtMs
      while (performance.now() < startedAtMs + 1_500) {
        const formerMs = askedAtMs
        askedAtMs = performance.now()
        const views = (await here.addCounts(key, { views: 1 }))?.views ?? 0
        // On a busy machine a lifetime may pass between two additions; only then may they be forgotten.
        if (performance.now() - formerMs < key.lifetimeMs) expect(views).toBe(total + 1)
        total = views
      }
      await until(async () => (await here.findCounts(key)) === undefined, 5_000)
      expect(performance.now() - askedAtMs).toBeGreaterThan(598)
      expect(await here.addCounts(key, { views: 1 })).toEqual({ views: 1 })
    })

    test('of many tries on several servers exactly as many pass as the limit says', async () => {
      const key = freshLimit()
      const tries = await Promise.all(
        Array.from({ length: 120 }, (_, turn) => (turn % 2 ? here : there).takeTry(key, 50)),
      )
      expect(tries.filter(({ allowed }) => allowed)).toHaveLength(50)
      expect(tries.every(({ exact }) => exact)).toBe(true)
      expect(tries.map(({ used }) => used).sort((a, b) => a - b)).toEqual(tries.map((_, at) => at + 1))
      for (const { resetsInMs } of tries) {
        expect(resetsInMs).toBeGreaterThan(key.lifetimeMs - 60_000)
        expect(resetsInMs).toBeLessThanOrEqual(key.lifetimeMs)
      }
    })

    test('tries do not prolong a window, and the next one begins anew', async () => {
      const key = { ...freshLimit(), lifetimeMs: 700 }
      const startedAtMs = performance.now()
      expect(await here.takeTry(key, 1)).toMatchObject({ allowed: true, used: 1 })
      let refused = 0
      await until(async () => {
        const { allowed, used } = await here.takeTry(key, 1)
        if (!allowed) refused += 1
        return allowed && used === 1
      }, 5_000)
      expect(refused).toBeGreaterThan(0)
      expect(performance.now() - startedAtMs).toBeGreaterThan(690)
    })

    test('every subscriber on every server gets each message once, in the order of publishing', async () => {
      const channel = freshChannel()
      const received = await Promise.all(
        [here, here, there].map(async (cache) => {
          const got: number[] = []
          await cache.subscribe(channel, Note, { onMessage: ({ n }) => got.push(n) })
          return got
        }),
      )
      const sent = Array.from({ length: 500 }, (_, n) => n)
      await Promise.all(sent.map((n) => here.publish(channel, { n })))
      await until(async () => received.every((got) => got.length >= 500), 5_000)
      for (const got of received) expect(got).toEqual(sent)
    })

    test('equal messages are delivered as often as they are published', async () => {
      const channel = freshChannel()
      let got = 0
      await there.subscribe(channel, Note, { onMessage: () => (got += 1) })
      await Promise.all(Array.from({ length: 20 }, () => here.publish(channel, { n: 7 })))
      await here.publish(channel, { n: 8 })
      await until(async () => got >= 21)
      expect(got).toBe(21)
    })

    test('no message reaches another channel, another workspace, or somebody who has left', async () => {
      const user = { user_id: randomUUID() }
      const channel = cacheChannels.notifications(workspaceId, user)
      const others = [freshChannel(), cacheChannels.notifications(randomUUID(), user)]
      const astray: unknown[] = []
      const stray = { onMessage: (message: unknown) => astray.push(message) }
      for (const other of others) await there.subscribe(other, Anything, stray)
      const leave = await there.subscribe(channel, Anything, stray)
      const staying: unknown[] = []
      await there.subscribe(channel, Anything, { onMessage: (message) => staying.push(message) })
      leave()
      leave()
      await here.publish(channel, { n: 1 })
      await until(async () => staying.length > 0)
      expect(astray).toEqual([])
    })

    test('a subscriber that throws and a message that nobody can read harm nobody else', async () => {
      const channel = freshChannel()
      const got: number[] = []
      await here.subscribe(channel, Note, {
        onMessage() {
          throw new Error('a subscriber with a fault')
        },
      })
      await here.subscribe(channel, Note, { onMessage: ({ n }) => got.push(n) })
      await there.publish(channel, 'not a note')
      await there.publish(channel, { n: 2 })
      await until(async () => got.length > 0)
      expect(got).toEqual([2])
    })

    test('the largest message arrives to the letter; a larger one is refused in words', async () => {
      const channel = cacheChannels.generationStatus(workspaceId, {})
      const got: unknown[] = []
      await there.subscribe(channel, Anything, { onMessage: (message) => got.push(message) })
      const escaped = 'ä\n"'.repeat(1_000)
      const filled = escaped + 'x'.repeat(mostMessageBytes - Buffer.byteLength(JSON.stringify(escaped)))
      expect(Buffer.byteLength(JSON.stringify(filled))).toBe(mostMessageBytes)
      await expect(here.publish(channel, `${filled}x`)).rejects.toThrow(MessageTooLarge)
      await expect(here.publish(channel, `${filled}x`)).rejects.toThrow('publish an id and let readers ask')
      await here.publish(channel, filled)
      await until(async () => got.length > 0)
      expect(got).toEqual([filled])
    })

    describeOutages(harness)
  })
}
