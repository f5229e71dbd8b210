import { type IncomingMessage, request as sendRequest } from 'node:http'
import type { Socket } from 'node:net'
import type { Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip } from 'node:zlib'
import { errorCode } from '../process/error-code.ts'
import { type InterruptionReason, OutboundInterrupted } from './errors.ts'

/** One request to one address. */
export interface Exchange {
  readonly url: URL
  readonly method: string
  readonly headers: Headers
  readonly body: Uint8Array | null
  readonly signal: AbortSignal
}

const bodilessStatuses = new Set([204, 205, 304])

class ResponseTooLarge extends Error {}

function decoderOf(message: IncomingMessage): Transform | undefined {
  const encoding = message.headers['content-encoding']?.toLowerCase()
  if (encoding === undefined || encoding === 'identity') return undefined
  if (encoding === 'gzip' || encoding === 'x-gzip') return createGunzip()
  if (encoding === 'br') return createBrotliDecompress()
  throw new Error(`the answer has the encoding ${encoding}, which was not asked for`)
}

async function readBody(message: IncomingMessage, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  if (Number(message.headers['content-length'] ?? 0) > maxBytes) throw new ResponseTooLarge()
  const decoder = decoderOf(message)
  if (decoder) message.once('error', (error) => decoder.destroy(error))
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of decoder ? message.pipe(decoder) : message) {
    sizeBytes += chunk.length
    if (sizeBytes > maxBytes) throw new ResponseTooLarge()
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks))
}

/** The head of the answer. Rejects where the connection ends without one. */
function awaitHead(socket: Socket, request: Exchange): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const headers: Record<string, string> = Object.fromEntries(request.headers)
  const sent = sendRequest({
    createConnection: () => socket,
    method: request.method,
    host: request.url.hostname,
    path: request.url.pathname + request.url.search,
    headers: {
      'user-agent': 'Heliograph',
      ...headers,
      host: request.url.host,
      connection: 'close',
      'accept-encoding': 'gzip, br',
      // Without a length Node would send a write without a body in chunks, which some servers refuse.
      ...(request.body || request.method === 'POST'
        ? { 'content-length': String(request.body?.length ?? 0) }
        : {}),
    },
  })
  sent.once('response', resolve)
  sent.on('error', reject)
  sent.once('close', () => reject(new Error('the connection ended without an answer')))
  sent.end(request.body ?? undefined)
  return promise
}

function interruption(error: unknown, signal: AbortSignal): InterruptionReason {
  if (error instanceof ResponseTooLarge) return 'response_too_large'
  if (signal.aborted) {
    return signal.reason instanceof Error && signal.reason.name === 'TimeoutError' ? 'timeout' : 'aborted'
  }
  const code = errorCode(error) ?? ''
  return code.startsWith('HPE_') || code.startsWith('Z_') ? 'response_unreadable' : 'connection_lost'
}

/**
 * Sends one request over a connection that stands, and reads the whole answer. From here on the other side
 * may have acted, so every fault is an `OutboundInterrupted`.
 */
export async function exchange(socket: Socket, request: Exchange, maxBytes: number): Promise<Response> {
  const { signal, url } = request
  // Destroying with an error is what makes a body that is being read fail at once.
  const abort = () => socket.destroy(new Error('aborted'))
  try {
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
    const message = await awaitHead(socket, request)
    const body = request.method === 'HEAD' ? null : await readBody(message, maxBytes)
    const status = message.statusCode ?? 0
    const headers = new Headers()
    for (const [name, values] of Object.entries(message.headersDistinct)) {
      if (name === 'set-cookie' || name === 'content-encoding') continue
      for (const value of values ?? []) headers.append(name, value)
    }
    return new Response(bodilessStatuses.has(status) ? null : body, { status, headers })
  } catch (error) {
    throw new OutboundInterrupted(interruption(error, signal), url.host, error)
  } finally {
    signal.removeEventListener('abort', abort)
    socket.on('error', () => undefined) // whatever the socket still says is of no interest
    socket.destroy()
  }
}
