/** The standing cast: Alice owns the workspace, Bob edits, Vera only views, Charlie belongs to another one. */
import type { World } from './world.ts'

export interface Answer {
  readonly status: number
  // Tests read what they expect; a wrong expectation fails where it is written.
  // biome-ignore lint/suspicious/noExplicitAny: the body of any route, in tests alone
  readonly body: any
  readonly headers: Record<string, unknown>
}

export interface Person {
  readonly email: string
  readonly userId: string
  readonly cookie: string
  request(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<Answer>
}

export interface Cast {
  readonly workspaceId: string
  readonly otherWorkspaceId: string
  readonly alice: Person
  readonly bob: Person
  readonly vera: Person
  readonly charlie: Person
  /** Somebody who is not signed in. */
  readonly nobody: Person
}

export const castPassword = 'correct horse battery'

export async function castOf(world: World): Promise<Cast> {
  const [alice, bob, vera, charlie] = await Promise.all(
    ['Alice', 'Bob', 'Vera', 'Charlie'].map((name) => signUp(world, name)),
  )
  if (!alice || !bob || !vera || !charlie) throw new Error('the cast is incomplete')
  const workspaceId = await createWorkspace(alice, 'Lighthouse')
  const otherWorkspaceId = await createWorkspace(charlie, 'Elsewhere')
  await join(alice, bob, workspaceId, 'editor')
  await join(alice, vera, workspaceId, 'viewer')
  return { workspaceId, otherWorkspaceId, alice, bob, vera, charlie, nobody: personOf(world, '', '', '') }
}

export async function signUp(world: World, name: string): Promise<Person> {
  const email = `${name.toLowerCase()}@example.com`
  const answer = await personOf(world, email, '', '').request('POST', '/api/v1/auth/sign-up', {
    name,
    email,
    password: castPassword,
  })
  if (answer.status !== 201) throw new Error(`${name} could not sign up: ${JSON.stringify(answer.body)}`)
  return personOf(world, email, answer.body.user.id, cookieOf(answer))
}

export function cookieOf(answer: Answer): string {
  const cookies = [answer.headers['set-cookie'] ?? []].flat().map(String)
  return cookies.map((cookie) => cookie.split(';')[0]).join('; ')
}

export function personOf(world: World, email: string, userId: string, cookie: string): Person {
  return {
    email,
    userId,
    cookie,
    async request(method, path, body) {
      const isBytes = Buffer.isBuffer(body)
      const response = await world.app.http.inject({
        method,
        url: path,
        headers: {
          ...(cookie ? { cookie } : {}),
          ...(body === undefined ? {} : { 'content-type': isBytes ? 'image/png' : 'application/json' }),
        },
        ...(body === undefined ? {} : { payload: isBytes ? body : JSON.stringify(body) }),
      })
      const type = String(response.headers['content-type'] ?? '')
      return {
        status: response.statusCode,
        headers: response.headers,
        body: type.includes('json') ? response.json() : response.rawPayload,
      }
    },
  }
}

async function createWorkspace(person: Person, name: string): Promise<string> {
  const { body } = await person.request('POST', '/api/v1/workspaces', { name, timeZone: 'Europe/Berlin' })
  return body.id
}

async function join(owner: Person, person: Person, workspaceId: string, role: string): Promise<void> {
  const path = `/api/v1/workspaces/${workspaceId}/invitations`
  const { body } = await owner.request('POST', path, { email: person.email, role })
  const token = String(body.link).split('/').at(-1)
  const accepted = await person.request('POST', '/api/v1/invitations/accept', { token })
  if (accepted.status !== 200)
    throw new Error(`${person.email} could not join: ${JSON.stringify(accepted.body)}`)
}
