export interface FieldError {
  field: string
  message: string
}

/** A refused or failed request, in the words of the server's problem document. */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly title: string
  readonly fieldErrors: readonly FieldError[]

  constructor(input: {
    status: number
    code: string
    title: string
    detail: string
    errors?: readonly FieldError[]
  }) {
    super(input.detail)
    this.name = 'Problem'
    this.status = input.status
    this.code = input.code
    this.title = input.title
    this.fieldErrors = input.errors ?? []
  }

  static offline(cause: unknown): Problem {
    const problem = new Problem({
      status: 0,
      code: 'offline',
      title: 'No connection to Heliograph',
      detail: 'The server does not answer. Check your connection; this page tries again when you ask it to.',
    })
    problem.cause = cause
    return problem
  }
}

export function problemFrom(body: unknown, status: number): Problem {
  const fields = isRecord(body) ? body : {}
  const title = textOf(fields.title) ?? titleOf(status)
  return new Problem({
    status,
    code: textOf(fields.code) ?? `http_${status}`,
    title,
    detail: textOf(fields.detail) ?? detailOf(status),
    errors: Array.isArray(fields.errors) ? fields.errors.flatMap(fieldErrorFrom) : [],
  })
}

/** Any thrown value as something that can be shown. */
export function asProblem(cause: unknown): Problem {
  if (cause instanceof Problem) return cause
  const detail = cause instanceof Error ? cause.message : String(cause)
  return new Problem({ status: 0, code: 'unexpected', title: 'This did not work', detail })
}

/** Nothing can be shown under the id in the address: it is unknown, not for this person, or no id at all. */
export function isNotFound(cause: unknown): boolean {
  const { status, fieldErrors } = asProblem(cause)
  return status === 404 || (status === 422 && fieldErrors.some(({ field }) => field.endsWith('Id')))
}

function fieldErrorFrom(value: unknown): FieldError[] {
  if (!isRecord(value)) return []
  const message = textOf(value.message)
  return message === null ? [] : [{ field: textOf(value.field) ?? '', message }]
}

function titleOf(status: number): string {
  if (status === 401) return 'You are signed out'
  if (status === 403) return 'You may not do this'
  if (status === 404) return 'Not found'
  return status >= 500 ? 'The server could not do this' : 'This did not work'
}

function detailOf(status: number): string {
  if (status === 401) return 'Sign in again to go on.'
  if (status === 404) return 'It may have been deleted, or it belongs to another workspace.'
  return status >= 500
    ? 'Nothing was changed as far as we know. Try again in a moment.'
    : `The server answered with status ${status}.`
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
