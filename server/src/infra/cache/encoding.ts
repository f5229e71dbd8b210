import type { z } from 'zod'

/** Above this a value is not kept: the cache is for what is read often, not for files. */
export const mostValueBytes = 1_000_000

/**
 * Largest message as JSON. PostgreSQL carries 7,999 bytes in a notification, of which the channel's name and
 * the envelope take their part; Redis could carry more, but what works on one must work on the other.
 */
export const mostMessageBytes = 7_000

export class MessageTooLarge extends Error {
  override readonly name = 'MessageTooLarge'
  constructor(channel: string, sizeBytes: number) {
    super(
      `a message on ${channel} has ${sizeBytes} bytes; ${mostMessageBytes} are the most: publish an id and let readers ask`,
    )
  }
}

export function toJson(value: unknown): string {
  const text: string | undefined = JSON.stringify(value)
  if (text === undefined) throw new TypeError(`${typeof value} cannot be kept: it has no form in JSON`)
  return text
}

export function toMessage(channel: string, message: unknown): string {
  const text = toJson(message)
  const sizeBytes = Buffer.byteLength(text)
  if (sizeBytes > mostMessageBytes) throw new MessageTooLarge(channel, sizeBytes)
  return text
}

/** Undefined for what is no JSON or what the schema refuses: another version of the code may have written it. */
export function readJson<T>(text: string, schema: z.ZodType<T>): T | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const parsed = schema.safeParse(value)
  return parsed.success ? parsed.data : undefined
}

const counterName = /^[\w.-]{1,64}$/

export function requireCounts(counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) {
    if (!counterName.test(name)) throw new TypeError(`"${name}" is no name of a counter: use ${counterName}`)
    if (!Number.isSafeInteger(count)) throw new TypeError(`${name} grows by whole numbers, not by ${count}`)
  }
}
