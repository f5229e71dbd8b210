import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const hash = promisify(argon2)

// OWASP's recommendation for argon2id: 19 MiB, two passes, one lane.
const memoryKib = 19_456
const passes = 2
const parallelism = 1
const keyBytes = 32

/** argon2id in the PHC string form, so that the parameters can grow without a migration. */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(16)
  const key = await derive(password, nonce, memoryKib, passes, parallelism)
  const encode = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${parallelism}$${encode(nonce)}$${encode(key)}`
}

export async function verifyPassword({
  password,
  hash: phc,
}: {
  password: string
  hash: string
}): Promise<boolean> {
  const parsed = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/.exec(phc)
  if (!parsed) return false
  const [, m, t, p, nonce = '', key = ''] = parsed
  const expected = Buffer.from(key, 'base64')
  if (expected.length !== keyBytes) return false
  const actual = await derive(password, Buffer.from(nonce, 'base64'), Number(m), Number(t), Number(p))
  return timingSafeEqual(actual, expected)
}

function derive(
  password: string,
  nonce: Buffer,
  memory: number,
  passCount: number,
  lanes: number,
): Promise<Buffer> {
  // One password has several spellings in Unicode, and keyboards differ in which they send (RFC 8265).
  const message = password.normalize('NFKC')
  const parameters = { message, nonce, memory, passes: passCount, parallelism: lanes, tagLength: keyBytes }
  return hash('argon2id', parameters) as Promise<Buffer>
}
