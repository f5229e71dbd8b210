import { z } from 'zod'
import {
  OutboundInterrupted,
  OutboundRefused,
  OutboundUnreachable,
} from '../../infra/outbound-http/errors.ts'
import type { AccountSession, ConnectorContext, PasswordAuthCapability } from '../connector.ts'
import { type ConnectField, ConnectorFailure } from '../failure.ts'
import { rateLimited, withFailures } from './errors.ts'
import { printable } from './read.ts'
import { callXrpc, XrpcRefusal, XrpcUnreadable } from './xrpc.ts'

const sessionAnswer = z.object({
  did: z.string().startsWith('did:').regex(printable).max(300),
  handle: z.string().regex(printable).max(300),
  accessJwt: z.string().min(1),
  refreshJwt: z.string().min(1),
  active: z.boolean().optional(),
  didDoc: z.unknown().optional(),
})
type SessionAnswer = z.infer<typeof sessionAnswer>

const didDocument = z.object({
  service: z.array(z.object({ id: z.string(), type: z.string(), serviceEndpoint: z.unknown() })),
})
/** Seconds since 1970; what lies beyond the year 9999 is no date that a token was meant to have. */
const jwtClaims = z.object({ exp: z.number().min(0).max(253_402_300_799) })

/** For a server whose tokens can't be read: a fourth of what Bluesky's own tokens last. */
const assumedLifetimeMs = 30 * 60_000

const appPasswordRemedy =
  'Make an app password in Bluesky under Settings → Privacy and security → App passwords.'

function rejected(text: string, field: ConnectField, cause?: unknown): ConnectorFailure {
  return new ConnectorFailure('rejected', text, { field, cause })
}

function expiryOf(accessJwt: string, now: Date): Date {
  try {
    const [, payload = ''] = accessJwt.split('.')
    const claims = jwtClaims.parse(JSON.parse(Buffer.from(payload, 'base64url').toString()))
    return new Date(claims.exp * 1_000)
  } catch {
    return new Date(now.getTime() + assumedLifetimeMs) // tokens are the server's own business by the protocol
  }
}

function toSession(answer: SessionAnswer, serviceUrl: string, now: Date): AccountSession {
  return {
    platformAccountId: answer.did,
    username: answer.handle,
    serviceUrl,
    accessToken: answer.accessJwt,
    refreshToken: answer.refreshJwt,
    tokenExpiresAt: expiryOf(answer.accessJwt, now),
  }
}

function readServiceUrl(typed: string): string {
  const address = typed.trim()
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `https://${address}`
  if (address === '' || !URL.canParse(withScheme)) {
    throw rejected(`“${address}” is not a server's address. Write it like https://bsky.social`, 'serviceUrl')
  }
  return new URL(withScheme).origin
}

/** A handle without its @, a DID or an e-mail address, as `createSession` takes them. */
function readIdentifier(typed: string): string {
  // Names copied from a page come with invisible direction marks.
  const name = typed.replace(/[\p{Cf}\s]/gu, '').replace(/^@/, '')
  if (name === '') throw rejected('Write the handle of the account, such as alice.bsky.social', 'username')
  if (!name.includes('.') && !name.startsWith('did:')) {
    throw rejected(
      `“${name}” is not a whole handle. Write it with its domain, such as ${name}.bsky.social`,
      'username',
    )
  }
  return name.startsWith('did:') ? name : name.toLowerCase()
}

function connectFailure(error: unknown, host: string, now: Date): unknown {
  const notBluesky = () =>
    rejected(
      `${host} answers, but it is not a Bluesky server. Check the server's address.`,
      'serviceUrl',
      error,
    )
  if (error instanceof OutboundRefused) {
    const text = `${host} is not an address that this installation may reach: a server must be public and use https.`
    return rejected(text, 'serviceUrl', error)
  }
  if (error instanceof OutboundUnreachable) {
    if (error.stage === 'unknown_host') {
      return rejected(`There is no server called ${host}. Check the server's address.`, 'serviceUrl', error)
    }
    const text = `${host} could not be reached. Check the server's address, or try again later.`
    return new ConnectorFailure('unavailable_before_send', text, { cause: error })
  }
  if (error instanceof XrpcUnreadable) return notBluesky()
  if (error instanceof OutboundInterrupted) {
    if (error.reason === 'response_too_large' || error.reason === 'response_unreadable') return notBluesky()
    const text = `${host} did not answer. Try again later.`
    return new ConnectorFailure('unavailable_before_send', text, { cause: error })
  }
  if (error instanceof XrpcRefusal) return connectRefusal(error, host, now)
  return error
}

function connectRefusal(refusal: XrpcRefusal, host: string, now: Date): ConnectorFailure {
  const { status, errorName } = refusal
  if (errorName === 'AuthFactorTokenRequired') {
    return rejected(
      `This account asks for a code by e-mail, which only an app password avoids. ${appPasswordRemedy}`,
      'appPassword',
      refusal,
    )
  }
  if (errorName === 'AccountTakedown' || errorName === 'AccountSuspended') {
    return rejected('Bluesky has closed this account. Sign in at Bluesky to see why.', 'username', refusal)
  }
  if (status === 429) return rateLimited(refusal, now)
  if (status >= 500 && status !== 501) {
    const text = `${host} has a fault of its own just now. Try again later.`
    return new ConnectorFailure('unavailable_before_send', text, { cause: refusal })
  }
  if (status < 400 && refusal.location !== undefined && URL.canParse(refusal.location, `https://${host}`)) {
    const other = new URL(refusal.location, `https://${host}`).origin
    return rejected(
      `${host} is not a Bluesky server: it sends visitors on to ${other}.`,
      'serviceUrl',
      refusal,
    )
  }
  // A PDS names its errors; a web site answers with a page, and a server of another kind knows no such path.
  if (errorName === '' || status === 404 || status === 405 || status === 501) {
    return rejected(
      `${host} answers, but it is not a Bluesky server. Check the server's address.`,
      'serviceUrl',
      refusal,
    )
  }
  return rejected(
    `Bluesky did not accept this handle and app password. ${appPasswordRemedy}`,
    'appPassword',
    refusal,
  )
}

/**
 * The server that holds the account, which at bsky.social is another than the one that signs in. Taken from
 * the identity document only after that server has recognised the session itself.
 */
async function findOwnServer(
  ctx: ConnectorContext,
  answer: SessionAnswer,
  signedInAt: string,
): Promise<string> {
  const service = didDocument
    .safeParse(answer.didDoc)
    .data?.service.find(({ id, type }) => id.endsWith('#atproto_pds') && type === 'AtprotoPersonalDataServer')
  const endpoint = service?.serviceEndpoint
  if (typeof endpoint !== 'string' || !URL.canParse(endpoint)) return signedInAt
  const { origin, protocol } = new URL(endpoint)
  if (origin === signedInAt || !protocol.startsWith('http')) return signedInAt
  try {
    const call = { serviceUrl: origin, nsid: 'com.atproto.server.getSession', token: answer.accessJwt }
    const { did } = await callXrpc(ctx, call, z.object({ did: z.string() }))
    return did === answer.did ? origin : signedInAt
  } catch {
    return signedInAt // the server that signed in serves its own accounts in any case
  }
}

export const auth: PasswordAuthCapability = {
  kind: 'app_password',
  defaultServiceUrl: 'https://bsky.social',

  async connect(ctx, input) {
    const serviceUrl = readServiceUrl(input.serviceUrl)
    const identifier = readIdentifier(input.username)
    const password = input.appPassword.trim()
    if (password === '') throw rejected(`Write an app password. ${appPasswordRemedy}`, 'appPassword')
    let answer: SessionAnswer
    try {
      const call = {
        serviceUrl,
        nsid: 'com.atproto.server.createSession',
        input: { json: { identifier, password } },
        secrets: [password],
      }
      answer = await callXrpc(ctx, call, sessionAnswer)
    } catch (error) {
      throw connectFailure(error, new URL(serviceUrl).host, ctx.clock.now())
    }
    if (answer.active === false) {
      throw rejected(
        'This account is deactivated. Activate it again at Bluesky, then connect it.',
        'username',
      )
    }
    return toSession(answer, await findOwnServer(ctx, answer, serviceUrl), ctx.clock.now())
  },

  async refresh(ctx, session) {
    return withFailures(ctx, 'repeatable', async () => {
      const { serviceUrl, refreshToken } = session
      const call = { serviceUrl, nsid: 'com.atproto.server.refreshSession', token: refreshToken, input: null }
      const answer = await callXrpc(ctx, call, sessionAnswer)
      if (answer.did !== session.platformAccountId) {
        throw new XrpcUnreadable('the server refreshed the session of another account')
      }
      return toSession(answer, serviceUrl, ctx.clock.now())
    })
  },
}
