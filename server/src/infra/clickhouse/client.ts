import { type ClickHouseClient, ClickHouseLogLevel, createClient, type Logger } from '@clickhouse/client'
import type { Log } from '../log.ts'

export interface ClickHouseClientOptions {
  /** Time limit of every request, in milliseconds: the client gives up then, and so does the server. */
  readonly requestTimeoutMs: number
  readonly log: Log
}

/**
 * The one place that configures the ClickHouse client, for the embedded engine and for a server alike. The
 * URL carries user, password and, as its path, the database. 64-bit integers arrive as strings, exact.
 */
export function createClickHouse(
  url: string,
  { requestTimeoutMs, log }: ClickHouseClientOptions,
): ClickHouseClient {
  return createClient({
    url,
    application: 'heliograph',
    request_timeout: requestTimeoutMs,
    max_open_connections: 16,
    keep_alive: { enabled: true },
    // On the loopback address compressing costs more than it saves.
    compression: isLoopback(url) ? {} : { request: true, response: true },
    use_multipart_params_auto: true,
    clickhouse_settings: {
      output_format_json_quote_64bit_integers: 1,
      date_time_input_format: 'best_effort',
      max_execution_time: Math.max(1, Math.ceil(requestTimeoutMs / 1000)),
      cancel_http_readonly_queries_on_client_close: 1,
      // A cached condition of a filtered vector search can make a later count wrong.
      use_query_condition_cache: 0,
      // On a cluster: an insert is on its shard when it is acknowledged, and a question about one workspace
      // goes to that workspace's shard only. A block sent again is never skipped: the tables make equal rows
      // one by themselves, and a skipped block would not reach a rollup that missed it.
      distributed_foreground_insert: 1,
      optimize_skip_unused_shards: 1,
      insert_deduplicate: 0,
    },
    log: { level: ClickHouseLogLevel.WARN, LoggerClass: loggerClass(log) },
  })
}

function isLoopback(url: string): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname)
}

/** The client wants a class. Messages pass on without their arguments, which hold query parameters. */
function loggerClass(log: Log): new () => Logger {
  return class implements Logger {
    trace() {}
    debug() {}
    info() {}
    warn({ message, err }: { message: string; err?: Error }) {
      log.debug({ engine: 'clickhouse', err }, message)
    }
    error({ message, err }: { message: string; err?: Error }) {
      log.debug({ engine: 'clickhouse', err }, message)
    }
  }
}
