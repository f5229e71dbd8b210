import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client'
import { createLog } from '../log.ts'
import { errorCode } from '../process/error-code.ts'
import { createClickHouse } from './client.ts'
import { startEmbeddedClickHouse } from './embedded-clickhouse.ts'

/** What the conformance suites run against: a database of their own, and the product's client on it. */
export interface ConformanceTarget {
  /** URL of the server, without a database. */
  readonly url: string
  readonly database: string
  readonly client: ClickHouseClient
  /** Pid of the embedded engine; undefined for a server that is somewhere else. */
  readonly pid: number | undefined
  /** Another client on the same database. */
  connect(options?: Parameters<typeof createClient>[0]): ClickHouseClient
  rows<T>(query: string, parameters?: Record<string, unknown>, from?: ClickHouseClient): Promise<T[]>
  close(): Promise<void>
}

/** Text with everything in it that quoting and escaping get wrong. */
export const awkwardText = `quote ' double " back\\slash \\' tab\t line\nbreak \r nul-ish \\0 -- ; /* ünïcödé 🎺 \u2028 {x:String}`

/** The server named by CLICKHOUSE_URL, or else an embedded engine started for the caller. */
export async function openConformanceTarget(): Promise<ConformanceTarget> {
  const log = createLog('silent')
  const database = `conformance_${randomUUID().replaceAll('-', '')}`
  const directory = process.env.CLICKHOUSE_URL ? undefined : await mkdtemp(join(tmpdir(), 'clickhouse-'))
  const embedded = directory ? await startEmbeddedClickHouse({ dataDirectory: directory, log }) : undefined
  const url = embedded?.url ?? process.env.CLICKHOUSE_URL ?? ''
  const connect: ConformanceTarget['connect'] = (options) =>
    createClient({
      url,
      database,
      request_timeout: 60_000,
      log: { level: ClickHouseLogLevel.OFF },
      ...options,
    })
  const admin = connect({ database: 'default' })
  await admin.command({ query: `CREATE DATABASE ${database}` })
  await admin.close()
  const ownUrl = new URL(url)
  ownUrl.pathname = database
  const client = createClickHouse(ownUrl.href, { requestTimeoutMs: 60_000, log })
  return {
    url,
    database,
    client,
    get pid() {
      return embedded?.process.pid
    },
    connect,
    async rows<T>(query: string, parameters: Record<string, unknown> = {}, from = client) {
      const result = await from.query({ query, query_params: parameters, format: 'JSONEachRow' })
      return result.json<T>()
    },
    async close() {
      await client.command({ query: `DROP DATABASE ${database}` })
      await client.close()
      await embedded?.process.stop()
      if (directory) await rm(directory, { recursive: true })
    },
  }
}

/** The ClickHouse code that work fails with, or its message without one; undefined if it does not fail. */
export async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work
    return undefined
  } catch (error) {
    return errorCode(error) ?? String(error)
  }
}
