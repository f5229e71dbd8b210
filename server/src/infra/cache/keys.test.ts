import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cacheChannels, cacheKeys } from './keys.ts'

const ours = '0198c0de-0000-7000-8000-00000000000a'
const theirs = '0198c0de-0000-7000-8000-00000000000b'

test('keys and lifetimes are those of the sources', () => {
  const listed = Object.values(cacheKeys).map(({ template, lifetimeMs, ofWorkspace }) => [
    template,
    lifetimeMs / 60_000,
    ofWorkspace,
  ])
  expect(listed).toEqual([
    ['user:session:{user_id}', 24 * 60, false],
    ['content:cache:{content_id}', 60, true],
    ['analytics:performance:{content_id}:{platform}', 15, true],
    ['rate_limit:{user_id}:{endpoint}', 60, false],
    ['throttle:{action}:{subject}', 1, false],
    ['engagement:live:{content_id}', 60, true],
  ])
  expect(Object.values(cacheChannels).map(({ template }) => template)).toEqual([
    'channel:notifications:{user_id}',
    'channel:analytics:updates',
    'channel:content:generation:status',
  ])
})

test('a key of a workspace starts with it, whichever way its id is written', () => {
  const key = cacheKeys.performance(ours.toUpperCase(), { content_id: 'c1', platform: 'bluesky' })
  expect(key).toEqual({
    kind: 'value',
    name: `workspace:${ours}:analytics:performance:c1:bluesky`,
    lifetimeMs: 900_000,
  })
  expect(cacheChannels.analyticsUpdates(ours, {}).name).toBe(`workspace:${ours}:channel:analytics:updates`)
  for (const wrong of ['', 'x', `${ours}:`, `${ours} `, '{', '*']) {
    expect(() => cacheKeys.content(wrong, { content_id: 'c' })).toThrow('no workspace id')
  }
})

const part = fc.string({ unit: fc.constantFrom(':', '%', '{', '}', 'a', 'ä', '\u0000', '\ud800', '*', '🎶') })

test('no choice of parts makes two keys one, nor reaches into another workspace', () => {
  fc.assert(
    fc.property(part, part, part, part, (a, b, c, d) => {
      const one = cacheKeys.performance(ours, { content_id: a, platform: b }).name
      const other = cacheKeys.performance(ours, { content_id: c, platform: d }).name
      const same = a.toWellFormed() === c.toWellFormed() && b.toWellFormed() === d.toWellFormed()
      expect(one === other).toBe(same)
      expect(one.startsWith(`workspace:${ours}:`)).toBe(true)
      expect(cacheKeys.rateLimit({ user_id: a, endpoint: b }).name).not.toContain(theirs)
    }),
  )
})

test('what a stranger sends makes a short name, and a different one for each', () => {
  const subject = (text: string) => cacheKeys.throttle({ action: 'sign_in', subject: text }).name
  expect(subject('ä'.repeat(100_000)).length).toBeLessThan(150)
  expect(subject('ä'.repeat(100_000))).not.toBe(subject('ä'.repeat(100_001)))
  expect(subject('alice@example.org')).toBe('throttle:sign_in:alice%40example.org')
})
