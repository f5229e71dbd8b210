/**
 * What can go wrong with a guarded request, split by the one question that exactly-once publishing asks:
 * can the other side have seen it? `OutboundRefused` and `OutboundUnreachable` on a request that is not
 * redirected mean no; `OutboundInterrupted` means perhaps.
 */

export type RefusalReason =
  | 'invalid_address'
  | 'credentials_in_address'
  | 'scheme_not_allowed'
  | 'https_required'
  | 'address_not_public'
  | 'too_many_redirects'

/** The guard does not let the request go where it wants to go. Nothing is sent there. */
export class OutboundRefused extends Error {
  override readonly name = 'OutboundRefused'
  readonly reason: RefusalReason
  readonly host: string

  constructor(reason: RefusalReason, host: string) {
    super(`request to ${host || 'an unreadable address'} refused: ${reason.replaceAll('_', ' ')}`)
    this.reason = reason
    this.host = host
  }
}

export type UnreachableStage = 'unknown_host' | 'name_lookup' | 'connect' | 'tls' | 'timeout' | 'aborted'

/** No connection came about, so that certainly nothing was sent. */
export class OutboundUnreachable extends Error {
  override readonly name = 'OutboundUnreachable'
  readonly stage: UnreachableStage
  readonly host: string

  constructor(stage: UnreachableStage, host: string, cause?: unknown) {
    super(`no connection to ${host}: ${stage.replaceAll('_', ' ')}`, { cause })
    this.stage = stage
    this.host = host
  }
}

export type InterruptionReason =
  | 'connection_lost'
  | 'timeout'
  | 'aborted'
  | 'response_too_large'
  | 'response_unreadable'

/** A connection stood, and no whole answer came back: the request may or may not have been carried out. */
export class OutboundInterrupted extends Error {
  override readonly name = 'OutboundInterrupted'
  readonly reason: InterruptionReason
  readonly host: string

  constructor(reason: InterruptionReason, host: string, cause?: unknown) {
    super(`no whole answer from ${host}: ${reason.replaceAll('_', ' ')}`, { cause })
    this.reason = reason
    this.host = host
  }
}
