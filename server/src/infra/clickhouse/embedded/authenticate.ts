import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { authenticationFailed } from './exception.ts'

/** Throws unless the request carries the one user's password; compares digests, in constant time. */
export function authenticate(request: IncomingMessage, url: URL, user: string, password: string): void {
  const { authorization } = request.headers
  let given: [string, string] = [
    String(request.headers['x-clickhouse-user'] ?? url.searchParams.get('user') ?? 'default'),
    String(request.headers['x-clickhouse-key'] ?? url.searchParams.get('password') ?? ''),
  ]
  if (authorization?.startsWith('Basic ')) {
    const [name = '', ...rest] = Buffer.from(authorization.slice(6), 'base64').toString('utf8').split(':')
    given = [name, rest.join(':')]
  } else if (authorization !== undefined) {
    throw authenticationFailed('default')
  }
  const digest = (pair: readonly string[]) => createHash('sha256').update(JSON.stringify(pair)).digest()
  if (!timingSafeEqual(digest(given), digest([user, password]))) throw authenticationFailed(given[0])
}
