/** Somebody who uses the product over its API, and can lend a browser the session. */
import { setTimeout as delay } from 'node:timers/promises'
import type { BrowserContext } from 'playwright-core'
import { z } from 'zod'

export interface Person {
  readonly email: string
  /** Throws with the server's words unless the answer is a success. */
  call(method: 'GET' | 'POST', path: string, body?: object): Promise<unknown>
  upload(path: string, bytes: Buffer<ArrayBuffer>, type: string): Promise<unknown>
  enter(context: BrowserContext): Promise<void>
}

export const password = 'correct horse battery'
const created = z.object({ id: z.string() })
export const idOf = (answer: unknown): string => created.parse(answer).id

export async function signUp(serverUrl: string, name: string, email: string): Promise<Person> {
  const answer = await fetch(`${serverUrl}/api/v1/auth/sign-up`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, email, password }),
  })
  if (!answer.ok) throw new Error(`${name} could not sign up: ${await answer.text()}`)
  const pairs = answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0] ?? '')
  const send = async (method: string, path: string, init: RequestInit) => {
    const response = await fetch(`${serverUrl}/api/v1${path}`, { ...init, method })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`)
    const parsed: unknown = text === '' ? null : JSON.parse(text)
    return parsed
  }
  const cookie = pairs.join('; ')
  return {
    email,
    call: (method, path, body) =>
      send(method, path, {
        headers: { cookie, ...(body ? { 'content-type': 'application/json' } : {}) },
        ...(body ? { body: JSON.stringify(body) } : {}),
      }),
    upload: (path, bytes, type) =>
      send('POST', path, { headers: { cookie, 'content-type': type }, body: bytes }),
    async enter(context) {
      await context.addCookies(
        pairs.map((pair) => {
          const split = pair.indexOf('=')
          return { name: pair.slice(0, split), value: pair.slice(split + 1), url: serverUrl }
        }),
      )
    },
  }
}

/** Asks until the answer satisfies; fails with the last answer after the deadline. */
export async function eventually<T>(ask: () => Promise<T>, enough: (answer: T) => boolean): Promise<T> {
  const deadline = Date.now() + 20_000
  for (;;) {
    const answer = await ask()
    if (enough(answer)) return answer
    if (Date.now() > deadline) throw new Error(`this did not come about: ${JSON.stringify(answer)}`)
    await delay(100)
  }
}
