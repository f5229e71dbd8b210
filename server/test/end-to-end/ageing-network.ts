/**
 * A way to a network on which access tokens can be made to expire at once, instead of after hours, and posts can be
 * made unwelcome.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'

export interface AgeingNetwork {
  readonly url: string
  /** From now on every access token is refused, as the network refuses one that is too old. */
  expireTokens(): void
  /** From now on every new record is refused, as the network refuses one that it finds invalid. */
  refuseRecords(): void
  close(): Promise<void>
}

export async function openAgeingNetwork(pdsUrl: string): Promise<AgeingNetwork> {
  let expired = false
  let refusing = false
  const server = createServer(async (request, response) => {
    const path = request.url ?? '/'
    if (expired && request.headers.authorization && !path.includes('refreshSession')) {
      response.writeHead(400, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: 'ExpiredToken', message: 'Token has expired' }))
      return
    }
    if (refusing && path.includes('com.atproto.repo.putRecord')) {
      response.writeHead(400, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: 'InvalidRequest', message: 'Invalid record' }))
      return
    }
    try {
      const answer = await fetch(`${pdsUrl}${path}`, {
        method: request.method ?? 'GET',
        headers: passedOn(request),
        ...(request.method === 'POST' ? { body: await bodyOf(request) } : {}),
      })
      response.writeHead(answer.status, {
        'content-type': answer.headers.get('content-type') ?? 'application/json',
      })
      response.end(Buffer.from(await answer.arrayBuffer()))
    } catch {
      // What a client sees of a network that is gone.
      response.destroy()
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (!address || typeof address === 'string') throw new Error('no free port')
  return {
    url: `http://localhost:${address.port}`,
    expireTokens() {
      expired = true
    },
    refuseRecords() {
      refusing = true
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function passedOn({ headers }: IncomingMessage): Record<string, string> {
  const kept = ['authorization', 'content-type', 'atproto-proxy', 'atproto-accept-labelers']
  return Object.fromEntries(
    kept.flatMap((name) => (typeof headers[name] === 'string' ? [[name, headers[name]]] : [])),
  )
}

async function bodyOf(request: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}
