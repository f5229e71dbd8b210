/** An error as ClickHouse words it: `Code: 62. DB::Exception: ... (SYNTAX_ERROR)`. */
export class ClickHouseException extends Error {
  override readonly name = 'ClickHouseException'
  readonly code: number
  /** The whole line that clients parse. */
  readonly text: string

  constructor(code: number, type: string, detail: string) {
    const text = `Code: ${code}. DB::Exception: ${detail} (${type})`
    super(text)
    this.code = code
    this.text = text
  }
}

export const syntaxError = (detail: string) => new ClickHouseException(62, 'SYNTAX_ERROR', detail)
export const notImplemented = (detail: string) => new ClickHouseException(48, 'NOT_IMPLEMENTED', detail)
export const queryTooLarge = (detail: string) => new ClickHouseException(167, 'QUERY_IS_TOO_LARGE', detail)
export const badRequest = (detail: string) => new ClickHouseException(36, 'BAD_ARGUMENTS', detail)
export const authenticationFailed = (user: string) =>
  new ClickHouseException(
    516,
    'AUTHENTICATION_FAILED',
    `${user}: Authentication failed: password is incorrect, or there is no user with such name.`,
  )

/**
 * The HTTP status of each ClickHouse error code; every other code is 500.
 * Source: src/Server/HTTP/exceptionCodeToHTTPStatus.cpp of ClickHouse.
 */
const statuses = new Map<number, number>([
  ...[6, 25, 26, 27, 36, 38, 41, 43, 44, 53, 62, 72, 117, 167, 168, 376, 427].map(
    (code) => [code, 400] as const,
  ),
  ...[10, 46, 47, 50, 56, 60, 63, 73, 81, 115].map((code) => [code, 404] as const),
  [48, 501],
  [76, 503],
  [159, 408],
  [192, 403],
  [193, 403],
  [194, 401],
  [202, 503],
  [209, 503],
  [439, 503],
  [516, 403],
])

export function httpStatus(code: number): number {
  return statuses.get(code) ?? 500
}

const enginePattern = /Code: (\d+)\. DB::(?:\w+)?Exception: ([\s\S]*?)\s*$/

/** Turns whatever the engine threw into an exception with a code; what has none is 1002, as on a server. */
export function toException(error: unknown): ClickHouseException {
  if (error instanceof ClickHouseException) return error
  const message = error instanceof Error ? error.message : String(error)
  const [, code, rest] = enginePattern.exec(message) ?? []
  if (code === undefined || rest === undefined)
    return new ClickHouseException(1002, 'UNKNOWN_EXCEPTION', message)
  const type = /\(([A-Z][A-Z0-9_]{2,})\)$/.exec(rest)
  if (type?.[1] === undefined) return new ClickHouseException(Number(code), 'UNKNOWN_EXCEPTION', rest)
  return new ClickHouseException(Number(code), type[1], rest.slice(0, type.index).trimEnd())
}
