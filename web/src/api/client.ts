import createClient from 'openapi-fetch'
import { Problem, problemFrom } from './problem.ts'
import type { paths } from './schema.generated.ts'

export const client = createClient<paths>({ baseUrl: '', credentials: 'same-origin' })

interface Answer<T> {
  data?: T
  error?: unknown
  response: Response
}

/** The body of a successful answer; throws a `Problem` for every other outcome, the missing network included. */
export async function read<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, response } = await answered(call)
  if (data === undefined) throw problemFrom(null, response.status)
  return data
}

/** Like `read`, for endpoints that answer without a body. */
export async function done(call: Promise<Answer<unknown>>): Promise<void> {
  await answered(call)
}

async function answered<T>(call: Promise<Answer<T>>): Promise<Answer<T>> {
  const answer = await call.catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw Problem.offline(cause)
  })
  if (!answer.response.ok) throw problemFrom(answer.error, answer.response.status)
  return answer
}
