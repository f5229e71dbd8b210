/**
 * What a network tells, as PostgreSQL keeps it. JSON may hold two things that no text of the database may: the
 * character NUL, and half of a surrogate pair (https://www.postgresql.org/docs/current/datatype-json.html). Whoever
 * writes either into a name or a post would otherwise stop all numbers of the accounts that read it.
 */

/** Deeper than what any network tells, and far from where PostgreSQL and JSON.stringify give up. */
const deepest = 100

/** Without NUL, and with a replacement character for what is no whole character. */
export const storableText = (told: string): string => told.replaceAll('\0', '').toWellFormed()

/** The same for every text and every key of an answer. Null stands for what lies too deep. */
export function storableAnswer(told: unknown, depth = 0): unknown {
  if (typeof told === 'string') return storableText(told)
  if (typeof told !== 'object' || told === null) return told
  if (depth === deepest) return null
  if (Array.isArray(told)) return told.map((item) => storableAnswer(item, depth + 1))
  const entries = Object.entries(told)
  return Object.fromEntries(
    entries.map(([key, value]) => [storableText(key), storableAnswer(value, depth + 1)]),
  )
}
