import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createKeyring, SealBroken } from './keyring.ts'

const keyring = createKeyring(['a secret of enough length for a test'])
const place = 'social_accounts/w/bluesky/did:plc:a/access'
const text = fc.string({ unit: 'binary' })

test('whatever is sealed for a place opens at that place', () => {
  fc.assert(
    fc.property(text, text, (plaintext, context) => {
      expect(keyring.open(keyring.seal(plaintext, context), context)).toBe(plaintext)
    }),
  )
})

test('an envelope that was moved to another place does not open', () => {
  fc.assert(
    fc.property(text, text, text, (plaintext, context, elsewhere) => {
      fc.pre(context !== elsewhere)
      const envelope = keyring.seal(plaintext, context)
      expect(() => keyring.open(envelope, elsewhere)).toThrow(SealBroken)
    }),
  )
})

test('an envelope with one flipped bit does not open', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(), fc.constantFrom(2, 3), (plaintext, at, part) => {
      const parts = keyring.seal(plaintext, place).split('.')
      const bytes = Buffer.from(parts[part] ?? '', 'base64url')
      const bit = at % (bytes.length * 8)
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const changed = parts.with(part, bytes.toString('base64url')).join('.')
      expect(() => keyring.open(changed, place)).toThrow(SealBroken)
    }),
  )
})

test('a cut envelope does not open, above all not with a tag short enough to be guessed', () => {
  const parts = keyring.seal('a token', place).split('.')
  const bytes = Buffer.from(parts[3] ?? '', 'base64url')
  for (let length = 0; length < bytes.length; length++) {
    for (const cut of [bytes.subarray(0, length), bytes.subarray(bytes.length - length)]) {
      const envelope = parts.with(3, cut.toString('base64url')).join('.')
      expect(() => keyring.open(envelope, place), `${length} bytes`).toThrow(SealBroken)
    }
  }
})

test('a correct tag is not taken when it is shortened', () => {
  // Of an empty text the envelope is the tag alone.
  const parts = keyring.seal('', place).split('.')
  const tag = Buffer.from(parts[3] ?? '', 'base64url')
  expect(tag).toHaveLength(16)
  for (const length of [4, 8, 12, 13, 14, 15]) {
    const envelope = parts.with(3, tag.subarray(0, length).toString('base64url')).join('.')
    expect(() => keyring.open(envelope, place), `${length} bytes`).toThrow(SealBroken)
  }
})

test('what is no envelope is refused as such', () => {
  for (const envelope of ['', 'a token', 'v1', 'v1.x.y', 'v2.00000000.AAAA.AAAA', '....']) {
    expect(() => keyring.open(envelope, place), envelope).toThrow(SealBroken)
  }
})

test('the same text is never sealed alike twice, and is not in its envelope', () => {
  const envelopes = Array.from({ length: 1_000 }, () => keyring.seal('a visible token', place))
  expect(new Set(envelopes.map((envelope) => envelope.split('.')[2])).size).toBe(1_000)
  for (const envelope of envelopes) {
    expect(envelope).not.toContain('visible')
    expect(Buffer.from(envelope.split('.')[3] ?? '', 'base64url').toString()).not.toContain('visible')
  }
})

test('after a change of secrets the earlier one still opens and the present one seals', () => {
  const before = createKeyring(['the first secret, long enough'])
  const after = createKeyring(['the second secret, long enough', 'the first secret, long enough'])
  expect(after.open(before.seal('a token', place), place)).toBe('a token')
  const onlyNew = createKeyring(['the second secret, long enough'])
  expect(onlyNew.open(after.seal('a token', place), place)).toBe('a token')
})

test('an envelope of a key that is not there says where its secret belongs', () => {
  const envelope = createKeyring(['a secret that was lost on the way']).seal('a token', place)
  expect(() => keyring.open(envelope, place)).toThrow(
    /sealed with key [0-9a-f]{8}: put its secret into HELIOGRAPH_PREVIOUS_SECRETS/,
  )
})

test('derived passwords are stable, differ by purpose and secret, and tell nothing of each other', () => {
  const same = createKeyring(['a secret of enough length for a test', 'an earlier one'])
  expect(same.derive('postgres/app')).toBe(keyring.derive('postgres/app'))
  const all = [
    keyring.derive('postgres/app'),
    keyring.derive('postgres/owner'),
    keyring.derive('identity'),
    createKeyring(['another secret']).derive('postgres/app'),
  ]
  expect(new Set(all).size).toBe(all.length)
  for (const derived of all) expect(Buffer.from(derived, 'base64url')).toHaveLength(24)
})
