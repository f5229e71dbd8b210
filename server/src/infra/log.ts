import { type Logger, pino } from 'pino'

export type Log = Logger

/** Keys whose values never reach a log line, wherever they stand up to three levels deep. */
const secretKeys = [
  'password',
  'appPassword',
  'token',
  'accessToken',
  'refreshToken',
  'secret',
  'authorization',
  'cookie',
]

/** A structured logger on standard output, with secrets replaced. */
export function createLog(level: string): Log {
  const paths = secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`, `*.*.*.${key}`])
  return pino({ level, base: null, redact: { paths, censor: '[secret]' } })
}
