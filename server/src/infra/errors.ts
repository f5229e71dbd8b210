/** What every error shown to a caller carries: declared once per error, see `defineError`. */
export interface ErrorKind {
  readonly code: string
  readonly status: number
  readonly title: string
}

/** A fault of one named field of the input, with the remedy in its message. */
export interface FieldFault {
  readonly field: string
  readonly message: string
}

/** An error whose text is meant for the person who caused it. Everything else becomes a plain 500. */
export class PublicError extends Error {
  override readonly name = 'PublicError'
  readonly kind: ErrorKind
  readonly faults: readonly FieldFault[]

  constructor(
    kind: ErrorKind,
    detail: string,
    options: { faults?: readonly FieldFault[]; cause?: unknown } = {},
  ) {
    super(detail, { cause: options.cause })
    this.kind = kind
    this.faults = options.faults ?? []
  }
}

type Details = { faults?: readonly FieldFault[]; cause?: unknown }

/** Declares one error: its code, HTTP status and public text. Returns what makes it. */
export function defineError(code: string, status: number, title: string) {
  return (detail: string = title, details: Details = {}) =>
    new PublicError({ code, status, title }, detail, details)
}

export const notFound = defineError('not_found', 404, 'There is nothing here, or you may not see it.')
export const unauthenticated = defineError('unauthenticated', 401, 'You are not signed in.')
export const forbidden = defineError('forbidden', 403, 'Your role does not allow this.')
export const invalidInput = defineError('invalid_input', 422, 'Some of the input cannot be used.')
export const conflict = defineError('conflict', 409, 'This has changed in the meantime.')
export const unavailable = defineError('unavailable', 503, 'A part of the service is away for the moment.')
