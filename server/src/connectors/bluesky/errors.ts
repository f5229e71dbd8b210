import {
  OutboundInterrupted,
  OutboundRefused,
  OutboundUnreachable,
} from '../../infra/outbound-http/errors.ts'
import type { ConnectorContext } from '../connector.ts'
import { ConnectorFailure } from '../failure.ts'
import { XrpcRefusal, XrpcUnreadable } from './xrpc.ts'

/** `creates`: the call may leave a post behind. `repeatable`: asking again does no harm. */
type Effect = 'creates' | 'repeatable'

const expiredNames = new Set(['ExpiredToken', 'InvalidToken', 'AuthMissing', 'AuthenticationRequired'])
const closedNames = new Set([
  'AccountTakedown',
  'AccountDeactivated',
  'AccountSuspended',
  'RepoTakendown',
  'RepoDeactivated',
])
const minuteMs = 60_000

/** A fault after the request may have arrived. */
function withoutAnswer(effect: Effect, cause: unknown): ConnectorFailure {
  return effect === 'creates'
    ? new ConnectorFailure(
        'outcome_unknown',
        'Bluesky gave no clear answer, so the post may or may not be there.',
        { cause },
      )
    : new ConnectorFailure(
        'unavailable_before_send',
        'Bluesky did not answer as it should. It is tried again.',
        { cause },
      )
}

export function rateLimited(refusal: XrpcRefusal, now: Date): ConnectorFailure {
  const retryAt =
    refusal.retryAt && refusal.retryAt > now ? refusal.retryAt : new Date(now.getTime() + minuteMs)
  return new ConnectorFailure('rate_limited', 'Bluesky asks this account to slow down.', {
    retryAt,
    cause: refusal,
  })
}

function refused(refusal: XrpcRefusal, effect: Effect, now: Date): ConnectorFailure {
  const { status, errorName, detail } = refusal
  const cause = refusal
  if (closedNames.has(errorName)) {
    const text =
      'Bluesky has closed this account or its owner has deactivated it. Sign in at Bluesky to see why.'
    return new ConnectorFailure('permission_missing', text, { cause })
  }
  if (status === 401 || expiredNames.has(errorName)) {
    const text = 'Bluesky no longer accepts this connection. Connect the account again with an app password.'
    return new ConnectorFailure('auth_expired', text, { cause })
  }
  if (status === 429) return rateLimited(refusal, now)
  if (status === 403) {
    const text = 'Bluesky does not permit this to the app password. Connect the account again with a new one.'
    return new ConnectorFailure('permission_missing', text, { cause })
  }
  // A redirect, a proxy's time-out and every server error leave open whether the request was carried out.
  if (status < 400 || status === 408 || status >= 500) return withoutAnswer(effect, cause)
  if (status === 413 || errorName === 'BlobTooLarge') {
    return new ConnectorFailure(
      'rejected',
      'Bluesky refused an image because it is too large. Use a smaller one.',
      { cause },
    )
  }
  // An error without the protocol's form comes from something in between, which may answer before or after.
  if (errorName === '') return withoutAnswer(effect, cause)
  const words = detail === '' ? `status ${status}` : detail
  return new ConnectorFailure('rejected', `Bluesky refused this: ${words}`, { cause })
}

/** Sorts any fault of a call into the closed set. Faults that are our own pass through as they are. */
function toFailure(error: unknown, effect: Effect, now: Date): unknown {
  if (error instanceof OutboundRefused) {
    const text = `${error.host} is not an address that this installation may reach.`
    return new ConnectorFailure('rejected', text, { cause: error })
  }
  if (error instanceof OutboundUnreachable) {
    const text = `${error.host} could not be reached. Nothing was sent.`
    return new ConnectorFailure('unavailable_before_send', text, { cause: error })
  }
  if (error instanceof OutboundInterrupted || error instanceof XrpcUnreadable)
    return withoutAnswer(effect, error)
  if (error instanceof XrpcRefusal) return refused(error, effect, now)
  return error
}

/** Runs the calls of a capability so that what they throw is a `ConnectorFailure`. */
export async function withFailures<T>(
  ctx: ConnectorContext,
  effect: Effect,
  calls: () => Promise<T>,
): Promise<T> {
  try {
    return await calls()
  } catch (error) {
    throw toFailure(error, effect, ctx.clock.now())
  }
}
