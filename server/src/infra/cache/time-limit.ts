/** Longest wait of a call for the engine behind the cache, and with it of whoever asks the cache. */
export const callLimitMs = 1_000
export const retryAfterMs = 250
export const heartbeatEveryMs = 1_000

/** Rejects when the answer takes longer. What was asked may still happen. */
export async function withinLimit<T>(answer: Promise<T>, limitMs = callLimitMs): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    // An answer that arrived while this process was busy is read before it counts as late.
    setImmediate(() => late.reject(new Error(`no answer within ${limitMs} ms`)))
  }, limitMs)
  try {
    return await Promise.race([answer, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
