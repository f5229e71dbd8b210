import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Log } from '../log.ts'
import { withNamedStatements } from './named-statements.ts'
import type { DB } from './schema.generated.ts'

/** Counters are bigint in the database and exact as numbers up to 2^53; beyond that reading fails loudly. */
function parseBigint(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new Error(`${text} is too large to be read exactly`)
  return value
}

const int8Oid = 20
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    Number(oid) === int8Oid && format !== 'binary' ? parseBigint : pg.types.getTypeParser(oid, format),
}

/** Where PostgreSQL is and as whom to log in: an address, with the user's name and password replaced. */
export interface Login {
  readonly url: string
  readonly user?: string
  readonly password?: string
}

export interface PoolOptions {
  readonly name: string
  /** Role that every connection takes on; the login itself may do nothing. */
  readonly role?: string
  readonly max: number
  readonly log: Log
  /** How long somebody waits for a connection: 5 seconds where not said. */
  readonly connectWithinMs?: number
}

export function loginUrl(login: Login): string {
  const url = new URL(login.url)
  if (login.user !== undefined) url.username = encodeURIComponent(login.user)
  if (login.password !== undefined) url.password = encodeURIComponent(login.password)
  return url.href
}

/** A pool that survives its server: a lost connection is logged and replaced at the next use. */
export function createPool(login: Login, options: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: loginUrl(login),
    application_name: `heliograph ${options.name}`,
    max: options.max,
    connectionTimeoutMillis: options.connectWithinMs ?? 5_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: 30_000,
    idle_in_transaction_session_timeout: 60_000,
    types,
    ...(options.role ? { options: `-c role=${options.role}` } : {}),
  })
  const warn = (err: Error) =>
    options.log.warn({ pool: options.name, err: err.message }, 'database connection lost')
  pool.on('error', warn)
  // A connection that dies while it is checked out reports to its own client, not to the pool.
  pool.on('connect', (client) => client.on('error', warn))
  return pool
}

export function createKysely(pool: pg.Pool): Kysely<DB> {
  return new Kysely<DB>({ dialect: new PostgresDialect({ pool: withNamedStatements(pool) }) })
}
