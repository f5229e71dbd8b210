import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import { errorCode } from '../process/error-code.ts'
import { StartRefused } from '../process/start-refused.ts'
import type { PostgresConnection } from './embedded-connection.ts'
import { findPostmasterPid } from './embedded-pid-file.ts'

const pollMs = 15
const wrongPassword = '28P01'

/**
 * Resolves once a login works on the server with this pid, and not on another that holds the directory.
 * A password other than the cluster's is reported at once, not retried.
 */
export async function waitUntilAccepting(
  connection: PostgresConnection,
  directory: string,
  pid: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    signal.throwIfAborted()
    const fault = await tryLogin(connection)
    if (fault === undefined && (await findPostmasterPid(directory)) === pid) return
    if (errorCode(fault) === wrongPassword) {
      throw new StartRefused(
        `The database in ${directory} was made with another password than the file "secret" beside it gives: put ` +
          'back the file "secret" of the same backup, or set HELIOGRAPH_DATA to a new directory.',
        { cause: fault },
      )
    }
    await delay(pollMs, undefined, { signal })
  }
}

async function tryLogin(connection: PostgresConnection): Promise<unknown> {
  const client = new Client({ ...connection, connectionTimeoutMillis: 5_000 })
  // The server may die at any moment of the attempt; the attempt's own rejection says so.
  client.on('error', () => undefined)
  try {
    await client.connect()
    return undefined
  } catch (error) {
    return error
  } finally {
    await client.end()
  }
}
