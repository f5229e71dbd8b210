import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { errorCode } from '../process/error-code.ts'
import { type AddressPolicy, isSameAddress } from './address-policy.ts'
import { OutboundRefused, OutboundUnreachable, type UnreachableStage } from './errors.ts'

export interface ResolvedAddress {
  readonly address: string
  readonly family: number
}

/** Every address of a name, as the operating system answers. */
export type NameLookup = (hostname: string) => Promise<readonly ResolvedAddress[]>

/** After this long the next address of a name is tried; Node's own 250 ms lose distant servers. */
const attemptTimeoutMs = 2_000

const unknownNameCodes = new Set(['ENOTFOUND', 'ENODATA', 'ENONAME'])

/** Rejects as soon as `signal` aborts, whatever becomes of `work`. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason)
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

function abortStage(signal: AbortSignal): UnreachableStage {
  return signal.reason instanceof Error && signal.reason.name === 'TimeoutError' ? 'timeout' : 'aborted'
}

/** The addresses of a host, each checked. One bad address refuses the host: it is a trap or a mistake. */
async function resolveChecked(
  url: URL,
  hostname: string,
  policy: AddressPolicy,
  lookup: NameLookup,
  signal: AbortSignal,
): Promise<readonly ResolvedAddress[]> {
  const family = isIP(hostname)
  let addresses: readonly ResolvedAddress[]
  try {
    addresses = family ? [{ address: hostname, family }] : await orAborted(lookup(hostname), signal)
  } catch (error) {
    if (signal.aborted) throw new OutboundUnreachable(abortStage(signal), url.host, error)
    const unknown = unknownNameCodes.has(errorCode(error) ?? '')
    throw new OutboundUnreachable(unknown ? 'unknown_host' : 'name_lookup', url.host, error)
  }
  if (addresses.length === 0) throw new OutboundUnreachable('unknown_host', url.host)
  if (!addresses.every(({ address }) => policy.isAllowed(address))) {
    throw new OutboundRefused('address_not_public', url.host)
  }
  if (url.protocol === 'http:' && !addresses.every(({ address }) => policy.isNamed(address))) {
    throw new OutboundRefused('https_required', url.host)
  }
  return addresses
}

/** Resolves once `event` fires; destroys the socket and rejects on error or abort. */
async function settle(socket: Socket, event: string, signal: AbortSignal, failed: (cause: unknown) => Error) {
  try {
    await orAborted(
      new Promise<void>((resolve, reject) => {
        socket.once(event, resolve)
        socket.once('error', reject)
        socket.once('close', () => reject(new Error('closed before it was ready')))
      }),
      signal,
    )
  } catch (error) {
    socket.on('error', () => undefined) // a late error of a socket that is given up already
    socket.destroy()
    throw failed(error)
  }
}

/**
 * A connection to one of the checked addresses of the URL's host, encrypted for `https:`. The name is
 * looked up once, and the socket connects to that answer only, so that a name whose answer changes gains
 * nothing. Fails with `OutboundRefused` or `OutboundUnreachable`; no byte of a request is sent here.
 */
export async function connectChecked(
  url: URL,
  policy: AddressPolicy,
  lookup: NameLookup,
  signal: AbortSignal,
): Promise<Socket> {
  const hostname = url.hostname.replace(/^\[|\]$/g, '')
  const addresses = await resolveChecked(url, hostname, policy, lookup, signal)
  const unreachable = (stage: UnreachableStage) => (cause: unknown) =>
    new OutboundUnreachable(signal.aborted ? abortStage(signal) : stage, url.host, cause)

  const pinned: LookupFunction = (_hostname, options, callback) => {
    const [first] = addresses
    if (options.all) callback(null, [...addresses])
    else callback(null, first?.address ?? '', first?.family)
  }
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  const socket = connectTcp({
    host: hostname,
    port,
    lookup: pinned,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: attemptTimeoutMs,
  })
  await settle(socket, 'connect', signal, unreachable('connect'))
  const remote = socket.remoteAddress
  // A connection that is reset at once has no peer any more.
  if (remote === undefined) throw unreachable('connect')(new Error('reset while connecting'))
  if (!addresses.some(({ address }) => isSameAddress(address, remote))) {
    socket.destroy()
    throw new OutboundRefused('address_not_public', url.host)
  }
  if (url.protocol === 'http:') return socket

  const servername = isIP(hostname) ? '' : hostname
  const encrypted = connectTls({ socket, servername, host: hostname, ALPNProtocols: ['http/1.1'] })
  await settle(encrypted, 'secureConnect', signal, unreachable('tls'))
  return encrypted
}
