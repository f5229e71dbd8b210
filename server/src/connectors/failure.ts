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

interface FailureOptions {
  readonly retryAt?: Date
  readonly field?: ConnectField
  readonly cause?: unknown
}

/** What a person typed to connect an account. */
export type ConnectField = 'serviceUrl' | 'username' | 'appPassword'

/** Thrown by connectors. `message` is shown to people; `cause` goes to the log only. */
export class ConnectorFailure extends Error {
  override readonly name = 'ConnectorFailure'
  readonly code: FailureCode
  /** For `rate_limited` and `quota_exhausted`: the earliest instant worth another try. */
  readonly retryAt: Date | undefined
  /** Of a failed connection: what to type anew. */
  readonly field: ConnectField | undefined

  constructor(code: FailureCode, publicText: string, options: FailureOptions = {}) {
    super(publicText, { cause: options.cause })
    this.code = code
    this.retryAt = options.retryAt
    this.field = options.field
  }
}
