import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, vi } from 'vitest'
import type { Log } from '../log.ts'
import type { Cache } from './cache.ts'
import { cacheKeys } from './keys.ts'

/** What the suite asks of an engine besides the cache. */
export interface CacheHarness {
  /** The cache of one more server on the same engine. */
  open(log?: Log): Cache
  /** Kills the engine, or all ways to it; returns what brings it back. */
  takeAway(): Promise<() => Promise<void>>
  /** Lets the engine neither answer nor end its connections; returns what wakes it. */
  freeze(): Promise<() => Promise<void>>
}

const opened: Cache[] = []

export async function servingCache(harness: CacheHarness, log?: Log): Promise<Cache> {
  const cache = harness.open(log)
  opened.push(cache)
  await until(async () => cache.isServing(), 15_000)
  return cache
}

export async function cleanUp(): Promise<void> {
  await Promise.all(opened.splice(0).map((cache) => cache.stop()))
}

/** Asks again and again, without a pause in which something could be missed, until it holds. */
export async function until(holds: () => Promise<boolean>, limitMs = 10_000): Promise<void> {
  const deadlineMs = performance.now() + limitMs
  while (!(await holds())) {
    expect(performance.now(), `not within ${limitMs} ms`).toBeLessThan(deadlineMs)
    await nextTurn()
  }
}

/** A log whose lines can be read. */
export function recordingLog(log: Log): { log: Log; lines: string[] } {
  const lines: string[] = []
  const recording = log.child({}, { level: 'info' })
  for (const level of ['info', 'warn', 'error'] as const) {
    vi.spyOn(recording, level).mockImplementation((_: unknown, text?: string) => {
      lines.push(`${level}: ${text ?? ''}`)
    })
  }
  return { log: recording, lines }
}

/** One key of each template of the sources. */
export function keysOfSources(workspaceId: string) {
  const content = { content_id: randomUUID() }
  return {
    values: [
      cacheKeys.userSession({ user_id: randomUUID() }),
      cacheKeys.content(workspaceId, content),
      cacheKeys.performance(workspaceId, { ...content, platform: 'bluesky' }),
    ],
    counts: cacheKeys.liveEngagement(workspaceId, content),
    limit: cacheKeys.rateLimit({ user_id: randomUUID(), endpoint: 'GET /x' }),
  }
}
