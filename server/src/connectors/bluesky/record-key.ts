import { createHash } from 'node:crypto'

const alphabet = '234567abcdefghijklmnopqrstuvwxyz'
const keyLength = 13

const uuidVersion7 = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** Microseconds since 1970 fill 53 bits of a key. */
const maxMicros = 2n ** 53n - 1n

/**
 * An import makes hundreds of ids in one millisecond. Spreading keys over the minute before it makes two of
 * them sharing a key a matter of one in 60 thousand million, where a millisecond leaves one in a million.
 */
const spreadMicros = 60_000_000n

/** Where ids without a time of their own are put: in 2020 to 2022, before the network had any post. */
const pastStartMicros = BigInt(Date.UTC(2020, 0, 1)) * 1_000n
const pastSpanMicros = BigInt(Date.UTC(2023, 0, 1)) * 1_000n - pastStartMicros

function microsOf(publicationId: string, hash: bigint): bigint {
  const [, high, low] = uuidVersion7.exec(publicationId) ?? []
  if (high !== undefined && low !== undefined) {
    const micros = BigInt(`0x${high}${low}`) * 1_000n - (hash % spreadMicros)
    if (micros >= 0n && micros <= maxMicros) return micros
  }
  return pastStartMicros + (hash % pastSpanMicros)
}

/**
 * The record key of a publication: a valid TID (https://atproto.com/specs/tid), the same at every call. A
 * UUID version 7 gives its time less a hashed part of a minute, so that keys sort like their publications;
 * the clock id comes from the hash too. Other ids get a hashed instant in the past.
 */
export function recordKeyOf(publicationId: string): string {
  const id = publicationId.toLowerCase()
  const digest = createHash('sha256').update(id).digest()
  const clockId = BigInt(digest.readUInt16BE(8) & 0x3ff)
  let bits = (microsOf(id, digest.readBigUInt64BE(0)) << 10n) | clockId
  let key = ''
  for (let position = 0; position < keyLength; position++) {
    key = alphabet.charAt(Number(bits & 31n)) + key
    bits >>= 5n
  }
  return key
}
