/** For tests of faults: real servers on loopback that answer as they are told, and a context to reach them. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createGuardedFetch } from '../../infra/outbound-http/guarded-fetch.ts'
import type { ConnectorContext } from '../connector.ts'

/** The present of `context()`. */
export const now = new Date('2026-11-20T12:00:00Z')
const servers: Server[] = []

/** To be called after each test. */
export function closeServers(): void {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
}

export type Answer = { status: number; body?: unknown; headers?: Record<string, string> }
type Script = Answer | ((request: IncomingMessage, response: ServerResponse) => Answer | undefined)

/** A server that gives the scripted answer to each method, as JSON unless it is text. */
export async function serve(scripts: Record<string, Script>): Promise<string> {
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      const script = scripts[request.url?.replace(/^\/xrpc\/|\?.*$/g, '') ?? ''] ??
        scripts['*'] ?? { status: 404 }
      const answer = typeof script === 'function' ? script(request, response) : script
      if (!answer) return
      const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? '')
      response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers }).end(text)
    })
  })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
}

export const context = (timeoutMs = 5_000): ConnectorContext => ({
  fetch: createGuardedFetch({
    allowNetworks: ['127.0.0.0/8'],
    maxResponseBytes: 100_000,
    timeoutMs,
    maxRedirects: 3,
  }),
  clock: { now: () => now },
  signal: AbortSignal.timeout(10_000),
})

/** What a web site says to a path that it does not know. */
export const page = {
  status: 404,
  body: '<!doctype html><title>Nothing here</title>',
  headers: { 'content-type': 'text/html' },
}
