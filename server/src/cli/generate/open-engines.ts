import pg from 'pg'
import { createClickHouse } from '../../infra/clickhouse/client.ts'
import { createLog } from '../../infra/log.ts'
import { type Login, loginUrl } from '../../infra/postgres/pool.ts'
import type { Storage } from '../../infra/storage/storage.ts'
import type { FactStore } from './forget-facts.ts'

export interface GenerateTarget {
  /** How the application logs in: as a role that owns nothing. */
  readonly login: Login
  /** Undefined: PostgreSQL alone is filled. */
  readonly clickhouseUrl: string | undefined
  /** Where ClickHouse is a cluster: its name. */
  readonly clickhouseCluster?: string | undefined
  /** Where the files behind the media go; without one the rows stand alone. */
  readonly storage?: Storage
}

export interface OpenEngines {
  readonly client: pg.Client
  readonly facts: FactStore | undefined
}

const requestTimeoutMs = 600_000

/** Connections for the time of the work. `signal` cuts a statement of PostgreSQL off: the server takes it back. */
export async function withEngines<T>(
  { login, clickhouseUrl, clickhouseCluster }: GenerateTarget,
  work: (engines: OpenEngines) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const client = new pg.Client({ connectionString: loginUrl(login), application_name: 'heliograph generate' })
  // A connection that dies fails the query that waits on it; without a listener it would end this process.
  client.on('error', () => undefined)
  const clickhouse = clickhouseUrl
    ? createClickHouse(clickhouseUrl, { requestTimeoutMs, log: createLog('error') })
    : undefined
  const cutOff = () => void client.end()
  signal?.addEventListener('abort', cutOff, { once: true })
  try {
    await client.connect()
    return await work({ client, facts: clickhouse && { clickhouse, cluster: clickhouseCluster } })
  } finally {
    signal?.removeEventListener('abort', cutOff)
    await Promise.all([client.end(), clickhouse?.close()])
  }
}
