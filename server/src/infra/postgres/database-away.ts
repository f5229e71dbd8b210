import { errorCode } from '../process/error-code.ts'

/** Codes of a refused connection and of a server that is stopping, starting or has just died. */
const awayCodes = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  '57P01',
  '57P02',
  '57P03',
  '08006',
  '08003',
  '08001',
]
/** The driver gives no code to a connection that ended under a query, or that could not be had in time. */
const awayTexts =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/

/**
 * Whether a fault says that PostgreSQL was not there, rather than that it refused a statement. A commit whose
 * answer was lost looks the same: whoever asked has to look before asking again.
 */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (awayCodes.includes(errorCode(error) ?? '')) return true
  return awayTexts.test(error.message)
}
