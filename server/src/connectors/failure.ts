/**
 * Why a call to a platform did not do what was asked. A closed set: each connector sorts its platform's
 * answers into these, and everything above decides by the code alone.
 */
export const failureCodes = [
  'auth_expired',
  'permission_missing',
  'rate_limited',
  'rejected',
  'duplicate',
  'media_not_ready',
  'unavailable_before_send',
  'outcome_unknown',
  'unsupported',
  'quota_exhausted',
] as const

export type FailureCode = (typeof failureCodes)[number]

/** Thrown by connectors. `message` is shown to people; `cause` goes to the log only. */
export class ConnectorFailure extends Error {
  override readonly name = 'ConnectorFailure'
  readonly code: FailureCode
  /** For `rate_limited` and `quota_exhausted`: the earliest instant worth another try. */
  readonly retryAt: Date | undefined

  constructor(code: FailureCode, publicText: string, options: { retryAt?: Date; cause?: unknown } = {}) {
    super(publicText, { cause: options.cause })
    this.code = code
    this.retryAt = options.retryAt
  }
}
