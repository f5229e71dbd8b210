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

/** A structured logger with secrets replaced. */
export function createLog(level: string, output: 'stdout' | 'stderr' = 'stdout'): Log {
  const paths = secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`, `*.*.*.${key}`])
  const options = { level, base: null, redact: { paths, censor: '[secret]' } }
  return pino(options, pino.destination(output === 'stderr' ? 2 : 1))
}
