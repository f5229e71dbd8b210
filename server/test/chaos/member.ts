/** A person who uses a running server over HTTP, alone or with all their might. */
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'

export interface Reply {
  readonly status: number
  // Tests read what they expect; a wrong expectation fails where it is written.
  // biome-ignore lint/suspicious/noExplicitAny: the body of any route, in tests alone
  readonly body: any
}

export interface Member {
  readonly workspaceId: string
  /** Rejects when no answer came. */
  request(method: string, path: string, body?: unknown): Promise<Reply>
  /** `path` within the person's workspace. */
  here(method: string, path: string, body?: unknown): Promise<Reply>
  listContentIds(): Promise<Set<string>>
  /** Calls back with the id of every change told by server-sent events; rejects when the stream ends by itself. */
  watch(onChange: (id: string) => void, signal: AbortSignal): Promise<void>
  /** The same person at another server of the installation. */
  at(url: string): Member
}

const timeoutMs = 15_000
const change = z.object({ type: z.string(), id: z.string() })

/** Makes an account with a workspace of its own. */
export async function joinAt(url: string): Promise<Member> {
  const email = `${randomBytes(6).toString('hex')}@example.com`
  const response = await fetch(`${url}/api/v1/auth/sign-up`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Alice', email, password: 'correct horse battery' }),
    signal: AbortSignal.timeout(timeoutMs),
  })
  if (response.status !== 201) throw new Error(`sign-up: ${response.status} ${await response.text()}`)
  const cookie = response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
  const visitor = memberAt(url, cookie, '')
  const { body } = await visitor.request('POST', '/api/v1/workspaces', { name: 'Chaos', timeZone: 'UTC' })
  return memberAt(url, cookie, z.uuid().parse(body.id))
}

function memberAt(url: string, cookie: string, workspaceId: string): Member {
  const request: Member['request'] = async (method, path, body) => {
    const isBytes = Buffer.isBuffer(body)
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        cookie,
        ...(body === undefined ? {} : { 'content-type': isBytes ? 'image/png' : 'application/json' }),
      },
      ...(body === undefined ? {} : { body: isBytes ? new Uint8Array(body) : JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
  }
  const inWorkspace = (path: string) => `/api/v1/workspaces/${workspaceId}${path}`
  return {
    workspaceId,
    request,
    here: (method, path, body) => request(method, inWorkspace(path), body),
    async listContentIds() {
      const ids = new Set<string>()
      let cursor: string | null = ''
      while (cursor !== null) {
        const page: Reply = await request(
          'GET',
          inWorkspace(`/content?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`),
        )
        if (page.status !== 200) throw new Error(`content: ${page.status} ${JSON.stringify(page.body)}`)
        for (const { id } of page.body.items) ids.add(id)
        cursor = page.body.nextCursor
      }
      return ids
    },
    async watch(onChange, signal) {
      const response = await fetch(`${url}${inWorkspace('/events')}`, { headers: { cookie }, signal })
      if (response.status !== 200 || !response.body) throw new Error(`events: ${response.status}`)
      let rest = ''
      for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
        const events = (rest + text).split('\n\n')
        rest = events.pop() ?? ''
        for (const event of events) {
          const data = /^event: change\ndata: (.*)$/m.exec(event)?.[1]
          if (data) onChange(change.parse(JSON.parse(data)).id)
        }
      }
      throw new Error('the stream of events ended')
    },
    at: (other) => memberAt(other, cookie, workspaceId),
  }
}

export interface Load {
  /** Ids of the drafts that the server said it has. */
  readonly acknowledged: readonly string[]
  stop(): Promise<void>
}

/** Several writers who never tire; what the server refuses or drops they write anew. */
export function writeWithoutPause(member: Member, writers = 4): Load {
  const acknowledged: string[] = []
  let stopping = false
  const write = async (writer: number) => {
    for (let turn = 0; !stopping; turn++) {
      const text = `note ${writer}/${turn}`
      const reply = await member.here('POST', '/content', { text }).catch(() => undefined)
      if (reply?.status === 201) acknowledged.push(reply.body.id)
      else await delay(30)
    }
  }
  const all = Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)))
  return {
    acknowledged,
    async stop() {
      stopping = true
      await all
    },
  }
}
