import fc from 'fast-check'
import { expect, test } from 'vitest'
import { recordKeyOf } from './record-key.ts'

const alphabet = '234567abcdefghijklmnopqrstuvwxyz'
/** The form that https://atproto.com/specs/tid demands. */
const tid = /^[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}$/

const microsOf = (key: string) => {
  let bits = 0n
  for (const letter of key) bits = (bits << 5n) | BigInt(alphabet.indexOf(letter))
  return bits >> 10n
}

const timestampMs = fc.integer({ min: 0, max: Date.UTC(2200, 0, 1) })
const uuidOf = (ms: number, randomness: string) => {
  const time = ms.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomness.slice(0, 3)}-8${randomness.slice(3, 6)}-${randomness.slice(6, 18)}`
}
const randomness = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 18, maxLength: 18 })

test('every id gives a valid record key, and always the same one', () => {
  const ids = fc.oneof(
    fc.uuid(),
    fc.string(),
    fc.tuple(timestampMs, randomness).map(([ms, rest]) => uuidOf(ms, rest)),
  )
  fc.assert(
    fc.property(ids, (id) => {
      const key = recordKeyOf(id)
      expect(key).toMatch(tid)
      expect(recordKeyOf(id)).toBe(key)
      expect(recordKeyOf(id.toUpperCase().toLowerCase())).toBe(recordKeyOf(id.toLowerCase()))
    }),
  )
})

test('the key of a UUID version 7 lies in the minute before its time, so that keys sort like their ids', () => {
  const sinceThen = fc.integer({ min: Date.UTC(2023, 0, 1), max: Date.UTC(2200, 0, 1) })
  fc.assert(
    fc.property(sinceThen, sinceThen, randomness, randomness, (a, b, x, y) => {
      const [first, second] = [recordKeyOf(uuidOf(a, x)), recordKeyOf(uuidOf(b, y))]
      const ageMicros = BigInt(a) * 1_000n - microsOf(first)
      expect(ageMicros >= 0n && ageMicros < 60_000_000n).toBe(true)
      if (Math.abs(a - b) > 60_000) expect(first < second).toBe(a < b)
    }),
  )
})

test('ids without a time get an instant before the network existed, never one in the future', () => {
  const beyond = fc.integer({ min: 2 ** 46, max: 2 ** 48 - 1 })
  const ids = fc.oneof(
    fc.uuid({ version: 4 }),
    fc.tuple(beyond, randomness).map(([ms, rest]) => uuidOf(ms, rest)),
  )
  fc.assert(
    fc.property(ids, (id) => {
      const ms = Number(microsOf(recordKeyOf(id)) / 1_000n)
      expect(ms).toBeGreaterThanOrEqual(Date.UTC(2020, 0, 1))
      expect(ms).toBeLessThan(Date.UTC(2023, 0, 1))
    }),
  )
})

test('ten thousand publications of one millisecond have ten thousand keys', () => {
  const suffix = (i: number) => i.toString(16).padStart(18, '0')
  const ids = Array.from({ length: 10_000 }, (_, i) => uuidOf(1_800_000_000_000, suffix(i)))
  expect(new Set(ids.map(recordKeyOf)).size).toBe(10_000)
})

test('the key of a given publication never changes between versions of the product', () => {
  expect(recordKeyOf('01938f5e-7c00-7abc-8def-0123456789ab')).toMatchInlineSnapshot(`"3lch25zlbjdn4"`)
  expect(recordKeyOf('9b2f6c1e-4a7d-4f0e-8b3a-1c2d3e4f5a6b')).toMatchInlineSnapshot(`"3hr75pmhrdpjk"`)
})
