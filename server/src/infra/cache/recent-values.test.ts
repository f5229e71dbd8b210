import { expect, test } from 'vitest'
import { cacheKeys } from './keys.ts'
import { createRecentValues } from './recent-values.ts'

const start = Date.parse('2026-03-29T00:59:00Z')
function createStore(options: { maxEntries?: number; maxBytes?: number } = {}) {
  let nowMs = start
  const recent = createRecentValues({
    clock: { now: () => new Date(nowMs) },
    maxEntries: options.maxEntries ?? 100,
    maxBytes: options.maxBytes ?? 100_000,
  })
  return { recent, passMs: (ms: number) => (nowMs += ms) }
}

const content = { content_id: 'c' }
const workspaceId = '00000000-0000-4000-8000-000000000001'
test.each([
  ['24 hours', 86_400, cacheKeys.userSession({ user_id: 'u' })],
  ['1 hour', 3_600, cacheKeys.content(workspaceId, content)],
  ['15 minutes', 900, cacheKeys.performance(workspaceId, { ...content, platform: 'x' })],
])('a value of %s is there until its last millisecond and gone with it', (_, seconds, key) => {
  const { recent, passMs } = createStore()
  recent.put(key.name, 'text', key.lifetimeMs)
  passMs(seconds * 1_000 - 1)
  expect(recent.find(key.name)).toBe('text')
  passMs(1)
  expect(recent.find(key.name)).toBeUndefined()
})

test('setting a value anew begins its lifetime anew; reading it does not', () => {
  const { recent, passMs } = createStore()
  recent.put('a', 'one', 100)
  passMs(60)
  recent.put('a', 'two', 100)
  passMs(60)
  expect(recent.find('a')).toBe('two')
  passMs(40)
  expect(recent.find('a')).toBeUndefined()
})

test('the value that was used longest ago goes first', () => {
  const { recent } = createStore({ maxEntries: 3 })
  for (const name of ['a', 'b', 'c']) recent.put(name, name, 1_000)
  recent.find('a')
  recent.put('d', 'd', 1_000)
  expect(['a', 'b', 'c', 'd'].map((name) => recent.find(name))).toEqual(['a', undefined, 'c', 'd'])
})

test('few large values are bounded by their weight, and the weight of what is gone is free again', () => {
  const { recent } = createStore({ maxBytes: 1_000 })
  for (let turn = 0; turn < 50; turn += 1) {
    recent.put('same', 'x'.repeat(400), 1_000)
    recent.drop('same')
  }
  recent.put('a', 'ä'.repeat(200), 1_000)
  recent.put('b', 'x'.repeat(400), 1_000)
  expect([recent.find('a'), recent.find('b')].every(Boolean)).toBe(true)
  recent.put('c', 'x'.repeat(400), 1_000)
  expect(recent.find('a')).toBeUndefined()
  expect(recent.find('b')).toBeDefined()
})
