/**
 * A gate on loopback between the product and a server of the AT Protocol: it holds, drops, cuts or answers single
 * requests, and passes on all others unchanged.
 */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request as send } from 'node:http'
import type { Socket } from 'node:net'

export interface GateAnswer {
  readonly status: number
  readonly headers?: IncomingHttpHeaders
  readonly body: Buffer
}

/** One request that has arrived whole. Nothing happens to it but what its keeper does. */
export interface Passage {
  /** Name of the method, for example `com.atproto.repo.putRecord`. */
  readonly nsid: string
  readonly body: Buffer
  readonly socket: Socket
  /** Carries the request to the server, whoever still waits for the answer. */
  forward(): Promise<GateAnswer>
  /** Gives an answer to whoever asked. */
  relay(answer: GateAnswer): void
  /** Gives the first part of an answer; its bytes are handed to the operating system before this returns. */
  relayStart(answer: GateAnswer, share: number): void
  /** Ends the connection without an answer. */
  cut(): void
}

export type GateKeeper = (passage: Passage) => Promise<void>

export interface Gate {
  readonly url: string
  readonly port: number
  /** Requests that have arrived since the start, by method. */
  count(nsid: string): number
  /** From now on every request goes through `keeper`; without one, all pass. */
  keep(keeper?: GateKeeper): void
  /** Waits for all keepers to be done with what has arrived, and tells what they threw; those requests were cut. */
  settle(): Promise<unknown[]>
  /** While shut, connections are refused as if the server were off. */
  shut(): Promise<void>
  open(): Promise<void>
  stop(): Promise<void>
}

export const passOn: GateKeeper = async (passage) => passage.relay(await passage.forward())

/** An answer in the form that the AT Protocol gives its errors. */
export function refusal(status: number, error: string, message: string, headers = {}): GateAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(JSON.stringify({ error, message })),
  }
}

export async function startGate(upstreamUrl: string): Promise<Gate> {
  const counts = new Map<string, number>()
  const underWay = new Set<Promise<void>>()
  const faults: unknown[] = []
  let keeper = passOn
  const server = createServer(async (request) => {
    const nsid = request.url?.replace(/^\/xrpc\/|\?.*$/g, '') ?? ''
    const body = Buffer.concat(await request.toArray().catch(() => []))
    if (!request.complete) return
    counts.set(nsid, (counts.get(nsid) ?? 0) + 1)
    const passage = passageOf(request, nsid, body, upstreamUrl)
    const kept = keeper(passage).catch((error: unknown) => {
      faults.push(error)
      passage.cut()
    })
    underWay.add(kept)
    await kept
    underWay.delete(kept)
  })
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  const shut = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  await listen(0)
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('the gate has no port')
  const { port } = address
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    count: (nsid) => counts.get(nsid) ?? 0,
    keep(next = passOn) {
      keeper = next
    },
    async settle() {
      await Promise.all(underWay)
      return faults
    },
    shut,
    open: () => listen(port),
    stop: shut,
  }
}

function passageOf(request: IncomingMessage, nsid: string, body: Buffer, upstreamUrl: string): Passage {
  const { socket } = request
  return {
    nsid,
    body,
    socket,
    forward: () => forward(request, body, upstreamUrl),
    relay: (answer) => void socket.end(toBytes(answer)),
    relayStart(answer, share) {
      const bytes = toBytes(answer)
      socket.write(bytes.subarray(0, Math.max(1, Math.ceil(bytes.length * share))))
    },
    cut: () => void socket.destroy(),
  }
}

const perHop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'host'])

async function forward(request: IncomingMessage, body: Buffer, upstreamUrl: string): Promise<GateAnswer> {
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !perHop.has(name)))
  if (body.length) headers['content-length'] = String(body.length)
  const outgoing = send(new URL(request.url ?? '/', upstreamUrl), {
    method: request.method,
    headers,
    agent: false,
  })
  outgoing.end(body)
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.on('response', resolve).on('error', reject)
  })
  return {
    status: answer.statusCode ?? 502,
    headers: answer.headers,
    body: Buffer.concat(await answer.toArray()),
  }
}

/** Written by hand rather than by the server, so that it can be broken off at any byte. */
function toBytes({ status, headers = {}, body }: GateAnswer): Buffer {
  const lines = Object.entries(headers)
    .filter(([name]) => !perHop.has(name))
    .flatMap(([name, value]) => [value ?? []].flat().map((one) => `${name}: ${one}`))
  const head = [`HTTP/1.1 ${status} Gate`, ...lines, `content-length: ${body.length}`, 'connection: close']
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body])
}
