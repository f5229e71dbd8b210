/**
 * `fetch` for addresses that people type: it reaches public unicast addresses over https only (plus the
 * networks that the operator names), follows the redirects of reads itself and checks each, bounds time
 * and size, and keeps no cookies and no connections. Each request has a connection of its own, so whether
 * anything can have been sent is a fact about that connection and no guess.
 */
import { lookup as systemLookup } from 'node:dns/promises'
import { createAddressPolicy } from './address-policy.ts'
import { connectChecked, type NameLookup } from './connect.ts'
import { OutboundInterrupted, OutboundRefused, OutboundUnreachable } from './errors.ts'
import { type Exchange, exchange } from './exchange.ts'

/**
 * `fetch`, restricted: see `createGuardedFetch`. The body is complete when the promise resolves. Rejects
 * with `OutboundRefused`, `OutboundUnreachable` or `OutboundInterrupted` and nothing else.
 */
export type GuardedFetch = (url: string | URL | Request, init?: RequestInit) => Promise<Response>

export interface GuardedFetchOptions {
  /** Networks in CIDR notation that are reached although they are not public, also over plain http. */
  readonly allowNetworks: readonly string[]
  /** Largest response body after decompression, in bytes. */
  readonly maxResponseBytes: number
  /** Time limit of one call with all its redirects and the whole body, in milliseconds. */
  readonly timeoutMs: number
  readonly maxRedirects: number
  /** How names are resolved; the operating system where it is not given. */
  readonly lookup?: NameLookup
}

const redirectStatuses = new Set([301, 302, 303, 307, 308])
const credentialHeaders = ['authorization', 'proxy-authorization', 'cookie']

/** Builds a `GuardedFetch`. Throws where a network of `allowNetworks` is unreadable. */
export function createGuardedFetch(options: GuardedFetchOptions): GuardedFetch {
  const policy = createAddressPolicy(options.allowNetworks)
  const lookup: NameLookup = options.lookup ?? ((hostname) => systemLookup(hostname, { all: true }))

  const sendOnce = async (request: Exchange): Promise<Response> => {
    const socket = await connectChecked(request.url, policy, lookup, request.signal)
    return exchange(socket, request, options.maxResponseBytes)
  }

  return async (input, init) => {
    const request = await readRequest(input, init, options.timeoutMs)
    // A redirected write is handed back as it is: repeating it elsewhere could carry it out twice.
    if (request.method !== 'GET' && request.method !== 'HEAD') return sendOnce(request)

    let { url } = request
    let { headers } = request
    for (let hop = 0; ; hop++) {
      const response = await sendOnce({ ...request, url, headers }).catch((error: unknown) => {
        // After the first hop something was sent, if not to this host.
        if (hop > 0 && error instanceof OutboundUnreachable) {
          throw new OutboundInterrupted('connection_lost', error.host, error)
        }
        throw error
      })
      const location = response.headers.get('location')
      if (!redirectStatuses.has(response.status) || location === null) return response
      if (hop >= options.maxRedirects) throw new OutboundRefused('too_many_redirects', url.host)
      const next = parseAddress(location, url)
      if (next.origin !== url.origin) {
        headers = new Headers(headers)
        for (const name of credentialHeaders) headers.delete(name)
      }
      url = next
    }
  }
}

function parseAddress(address: string, base?: URL): URL {
  if (!URL.canParse(address, base)) throw new OutboundRefused('invalid_address', '')
  const url = new URL(address, base)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new OutboundRefused('scheme_not_allowed', url.host)
  }
  if (url.username !== '' || url.password !== '')
    throw new OutboundRefused('credentials_in_address', url.host)
  return url
}

/** Reads what `fetch` accepts into one plain shape. The body is held whole: uploads here are small. */
async function readRequest(
  input: string | URL | Request,
  init: RequestInit | undefined,
  timeoutMs: number,
): Promise<Exchange> {
  const url = parseAddress(input instanceof Request ? input.url : String(input))
  const request = new Request(input instanceof Request ? input : url, init)
  const headers = new Headers(request.headers)
  headers.delete('cookie')
  const body = request.body === null ? null : new Uint8Array(await request.arrayBuffer())
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(timeoutMs)])
  return { url, method: request.method, headers, body, signal }
}
