/** The part of the suite in which the engine goes away: everything answers at once, and comes back by itself. */
import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createLog } from '../log.ts'
import type { Cache } from './cache.ts'
import { type CacheHarness, recordingLog, servingCache, until } from './conformance-harness.ts'
import { cacheChannels, cacheKeys } from './keys.ts'
import { callLimitMs, retryAfterMs } from './time-limit.ts'

const Anything = z.unknown()
const silent = createLog('silent')

/** One call of every kind, on keys of its own. */
async function useEverything(cache: Cache): Promise<void> {
  const workspaceId = randomUUID()
  const content = { content_id: randomUUID() }
  await cache.set(cacheKeys.content(workspaceId, content), 'value')
  await cache.get(cacheKeys.content(workspaceId, content), Anything)
  await cache.delete(cacheKeys.content(workspaceId, content))
  await cache.addCounts(cacheKeys.liveEngagement(workspaceId, content), { likes: 1 })
  await cache.findCounts(cacheKeys.liveEngagement(workspaceId, content))
  await cache.takeTry(cacheKeys.throttle({ action: 'sign_in', subject: randomUUID() }), 5)
  await cache.publish(cacheChannels.analyticsUpdates(workspaceId, {}), { n: 1 })
  const leave = await cache.subscribe(cacheChannels.analyticsUpdates(workspaceId, {}), Anything, {
    onMessage: () => undefined,
  })
  leave()
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const startedAtMs = performance.now()
  await work()
  return performance.now() - startedAtMs
}

export function describeOutages(harness: () => CacheHarness): void {
  describe('while the engine is away', () => {
    test('every call answers at once as if nothing were kept, and everything resumes by itself', async () => {
      const { log, lines } = recordingLog(silent)
      const here = await servingCache(harness(), log)
      const there = await servingCache(harness(), silent)
      const workspaceId = randomUUID()
      const key = cacheKeys.content(workspaceId, { content_id: randomUUID() })
      const channel = cacheChannels.notifications(workspaceId, { user_id: randomUUID() })
      const got: unknown[] = []
      let resumed = 0
      await here.subscribe(channel, Anything, {
        onMessage: (message) => got.push(message),
        onResume: () => (resumed += 1),
      })
      await here.set(key, 'before')

      const bringBack = await harness().takeAway()
      await until(async () => !here.isServing() && !there.isServing())
      expect(await here.get(key, Anything)).toBeUndefined()
      await here.set(key, 'during')
      expect(await here.get(key, Anything)).toBeUndefined()
      expect(
        await here.findCounts(cacheKeys.liveEngagement(workspaceId, { content_id: 'x' })),
      ).toBeUndefined()
      await here.publish(channel, 'lost')
      const later = cacheChannels.analyticsUpdates(workspaceId, {})
      await here.subscribe(later, Anything, { onMessage: (message) => got.push(message) })
      const timesMs: number[] = []
      // For as long as several attempts to connect anew take: each of them fails, and only the first is logged.
      const outageEndsMs = performance.now() + 5 * retryAfterMs
      while (performance.now() < outageEndsMs) {
        timesMs.push(await timeOf(() => useEverything(here)))
        await nextTurn()
      }
      timesMs.sort((a, b) => a - b)
      const medianMs = timesMs[Math.floor(timesMs.length / 2)] ?? Number.NaN
      const slowestMs = timesMs.at(-1) ?? Number.NaN
      console.info(
        `eight calls while away, ${timesMs.length} times: median ${medianMs.toFixed(2)} ms, slowest ${slowestMs.toFixed(2)} ms`,
      )
      expect(medianMs).toBeLessThan(20)
      expect(slowestMs).toBeLessThan(callLimitMs)
      expect(lines).toHaveLength(1)

      await bringBack()
      await until(async () => here.isServing() && there.isServing(), 15_000)
      expect(resumed).toBe(1)
      expect(await here.get(key, Anything)).toBeUndefined()
      // While what was given up in the outage is being taken back, a new value may go with it.
      await until(async () => {
        await here.set(key, 'after')
        return (await here.get(key, Anything)) === 'after'
      })
      await there.publish(channel, 'again')
      await there.publish(later, 'late')
      await until(async () => got.length >= 2)
      expect(got).toEqual(['again', 'late'])
      expect(lines).toEqual([
        expect.stringMatching(/^warn: the cache on \w+ is away/),
        expect.stringMatching(/^info: the cache on \w+ is back/),
      ])
    })

    test('limits go on from the last exact figure, for this server alone', async () => {
      const cache = await servingCache(harness(), silent)
      const spent = cacheKeys.throttle({ action: 'sign_in', subject: randomUUID() })
      const fresh = cacheKeys.throttle({ action: 'sign_in', subject: randomUUID() })
      for (let used = 1; used <= 3; used += 1) {
        expect(await cache.takeTry(spent, 3)).toMatchObject({ allowed: true, used, exact: true })
      }
      const bringBack = await harness().takeAway()
      await until(async () => !cache.isServing())
      expect(await cache.takeTry(spent, 3)).toMatchObject({ allowed: false, used: 4, exact: false })
      expect(await cache.takeTry(fresh, 1)).toMatchObject({ allowed: true, used: 1, exact: false })
      expect(await cache.takeTry(fresh, 1)).toMatchObject({ allowed: false, used: 2, exact: false })
      await bringBack()
      await until(async () => cache.isServing(), 15_000)
      expect(await cache.takeTry(fresh, 1)).toMatchObject({ exact: true })
    })

    test('no call fails or hangs when the engine is killed under load', async () => {
      const cache = await servingCache(harness(), silent)
      let over = false
      let slowestMs = 0
      let turns = 0
      const load = Array.from({ length: 8 }, async () => {
        while (!over) {
          slowestMs = Math.max(slowestMs, await timeOf(() => useEverything(cache)))
          turns += 1
          await nextTurn()
        }
      })
      await until(async () => turns > 50)
      const bringBack = await harness().takeAway()
      await until(async () => !cache.isServing())
      const turnsBefore = turns
      await until(async () => turns > turnsBefore + 50)
      await bringBack()
      await until(async () => cache.isServing(), 15_000)
      over = true
      await Promise.all(load)
      console.info(`eight calls while it is killed under load: slowest ${slowestMs.toFixed(0)} ms`)
      expect(slowestMs).toBeLessThan(3 * callLimitMs)
    })

    test('an engine that hangs holds a call up for a second at most, once, and a value given up meanwhile is gone', async () => {
      const here = await servingCache(harness(), silent)
      const there = await servingCache(harness(), silent)
      const key = cacheKeys.content(randomUUID(), { content_id: randomUUID() })
      const counts = cacheKeys.liveEngagement(randomUUID(), { content_id: randomUUID() })
      await there.set(key, 'old')
      expect(await there.get(key, Anything)).toBe('old')

      const wake = await harness().freeze()
      const firstMs = await timeOf(() => here.addCounts(counts, { likes: 1 }))
      expect(here.isServing()).toBe(false)
      const nextMs = await timeOf(() => here.delete(key))
      console.info(`hanging engine: first call ${firstMs.toFixed(0)} ms, next ${nextMs.toFixed(2)} ms`)
      expect(firstMs).toBeLessThan(callLimitMs + 500)
      expect(nextMs).toBeLessThan(100)

      await wake()
      await until(async () => here.isServing() && there.isServing(), 15_000)
      expect(await here.get(key, Anything)).toBeUndefined()
      await until(async () => (await there.get(key, Anything)) === undefined, 1_000)
    })
  })
}
