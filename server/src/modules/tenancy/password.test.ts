import { argon2Sync } from 'node:crypto'
import { expect, test } from 'vitest'
import { hashPassword, verifyPassword } from './password.ts'

const password = 'correct horse battery'

test('a password opens its own hash and no other does', async () => {
  const hash = await hashPassword(password)
  expect(await verifyPassword({ password, hash })).toBe(true)
  for (const wrong of ['', 'correct horse batter', `${password} `, password.toUpperCase(), hash]) {
    expect(await verifyPassword({ password: wrong, hash }), wrong).toBe(false)
  }
})

test('the same password is never hashed alike twice', async () => {
  const [one, other] = await Promise.all([hashPassword(password), hashPassword(password)])
  expect(one).not.toBe(other)
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
})

test('a hash of other parameters is still verified, so that they can grow', async () => {
  const nonce = Buffer.alloc(16, 7)
  const parameters = { message: password, nonce, memory: 8_192, passes: 1, parallelism: 2, tagLength: 32 }
  const key = argon2Sync('argon2id', parameters)
  const text = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
  const hash = `$argon2id$v=19$m=8192,t=1,p=2$${text(nonce)}$${text(key)}`
  expect(await verifyPassword({ password, hash })).toBe(true)
  expect(await verifyPassword({ password: 'another password', hash })).toBe(false)
})

test('one changed byte of salt or key opens to nobody', async () => {
  const hash = await hashPassword(password)
  const parts = hash.split('$')
  for (const index of [4, 5]) {
    const bytes = Buffer.from(parts[index] ?? '', 'base64')
    bytes[0] = (bytes[0] ?? 0) ^ 1
    const changed = parts.with(index, bytes.toString('base64').replace(/=+$/, '')).join('$')
    expect(changed).not.toBe(hash)
    expect(await verifyPassword({ password, hash: changed })).toBe(false)
  }
})

test('what is no hash of ours opens to nobody, and does not throw', async () => {
  const whole = await hashPassword(password)
  for (const hash of [
    '',
    password,
    '$2b$12$abcdefghijklmnopqrstuv',
    whole.replace('argon2id', 'argon2i'),
    whole.slice(0, -20),
    whole.replace(/\$[^$]+$/, '$A'),
  ]) {
    expect(await verifyPassword({ password, hash }), hash).toBe(false)
  }
})

test('a password is the same however a keyboard spells its accents', async () => {
  const hash = await hashPassword('caf\u00e9 au lait')
  expect(await verifyPassword({ password: 'cafe\u0301 au lait', hash })).toBe(true)
  expect(await verifyPassword({ password: 'cafe au lait', hash })).toBe(false)
})

test('a long password counts to its last character', async () => {
  const long = 'x'.repeat(199)
  const hash = await hashPassword(`${long}a`)
  expect(await verifyPassword({ password: `${long}a`, hash })).toBe(true)
  expect(await verifyPassword({ password: `${long}b`, hash })).toBe(false)
})
