import { createWriteStream } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { collect, collectHead, concatenated, decodedBody, none } from './body.ts'
import type { SessionDemand } from './engine.ts'
import { badRequest, notImplemented } from './exception.ts'
import { findInsertWithData, type InsertWithData } from './statement.ts'

/** A statement as it arrives; the data of an INSERT are already whole in a file. */
export interface StatementRequest {
  readonly text: string
  readonly insert: { readonly statement: InsertWithData; readonly dataPath: string } | undefined
  readonly demand: SessionDemand
  readonly defaultFormat: string
  readonly queryId: string | undefined
  readonly compressResponse: boolean
}

/** Parameters of the HTTP interface that are no settings. */
// biome-ignore format: a list
const interfaceParameters = new Set([
  'query', 'query_id', 'user', 'password', 'database', 'default_format', 'quota_key', 'wait_end_of_query',
  'buffer_size', 'stacktrace', 'client_protocol_version', 'use_query_condition_cache', 'log_comment',
])
const unsupportedParameters = new Set([
  'session_id',
  'session_check',
  'session_timeout',
  'close_session',
  'role',
])
const settingName = /^[a-z][a-z0-9_]*$/

/** Statements without data longer than this are refused, as they are kept in memory. */
const longestStatementBytes = 1024 * 1024
/** Parameters sent in the body are kept in memory, too. */
const longestFormBytes = 32 * 1024 * 1024
/** A statement's own text before its data must fit in here, as on a server (max_query_size). */
const headBytes = 262_144

/**
 * Reads a request. The data of an INSERT go to `spoolPath` as they arrive, whatever their length, and the
 * engine sees them only when the body has ended: memory stays bounded, and a body that breaks off inserts
 * nothing. The file is not flushed to disk: it matters only while this process lives.
 */
export async function readStatement(
  request: IncomingMessage,
  url: URL,
  spoolPath: string,
  signal: AbortSignal,
): Promise<StatementRequest> {
  const search = url.searchParams
  let queryText = search.get('query')
  let body: AsyncIterable<Buffer> = decodedBody(request)
  if (request.headers['content-type']?.startsWith('multipart/form-data')) {
    const whole = await collect(body, longestFormBytes)
    const form = await new Response(new Uint8Array(whole), {
      headers: { 'content-type': request.headers['content-type'] },
    }).formData()
    for (const [name, value] of form) {
      if (typeof value !== 'string')
        throw notImplemented('External tables are not supported by the embedded engine.')
      if (name === 'query') queryText = (queryText ?? '') + value
      else search.append(name, value)
    }
    body = none()
  }

  const demand = demandOf(request, search)
  const reader = body[Symbol.asyncIterator]()
  const rest = { [Symbol.asyncIterator]: () => ({ next: () => reader.next() }) }
  const queryParameter = Buffer.from(queryText === null ? '' : `${queryText}\n`)
  const head = await collectHead(rest, headBytes, queryParameter)
  const statement = findInsertWithData(head.toString('latin1'))
  let text: string
  let insert: StatementRequest['insert']
  if (statement) {
    text = head.subarray(0, statement.dataStart).toString('utf8')
    insert = { statement, dataPath: spoolPath }
    const data = concatenated(head.subarray(statement.dataStart), rest)
    await pipeline(data, createWriteStream(spoolPath, { mode: 0o600, highWaterMark: 1_048_576 }), { signal })
  } else {
    text = (await collect(rest, longestStatementBytes, head)).toString('utf8')
  }
  return {
    text,
    insert,
    demand,
    defaultFormat:
      search.get('default_format') ?? headerText(request, 'x-clickhouse-format') ?? 'TabSeparated',
    queryId: search.get('query_id') ?? undefined,
    compressResponse: ['1', 'true'].includes(search.get('enable_http_compression') ?? ''),
  }
}

function demandOf(request: IncomingMessage, search: URLSearchParams): SessionDemand {
  const settings = new Map<string, string>()
  const parameters = new Map<string, string>()
  for (const [name, value] of search) {
    if (unsupportedParameters.has(name)) {
      throw notImplemented(`The embedded engine has no sessions and roles over HTTP: leave ${name} out.`)
    }
    if ((name === 'compress' || name === 'decompress') && value !== '0') {
      throw notImplemented(`The embedded engine does not speak the native block format over HTTP (${name}).`)
    }
    if (interfaceParameters.has(name) || name === 'compress' || name === 'decompress') continue
    const parameter = name.startsWith('param_') ? name.slice('param_'.length) : undefined
    if (!(parameter === undefined ? settingName : /^[A-Za-z_]\w*$/).test(parameter ?? name)) {
      throw badRequest(`${JSON.stringify(name)} is not the name of a setting or parameter.`)
    }
    if (parameter === undefined) settings.set(name, value)
    else parameters.set(parameter, value)
  }
  // As on a server, GET only reads; 2 still lets the request change settings.
  if (request.method === 'GET') settings.set('readonly', '2')
  const database = headerText(request, 'x-clickhouse-database') ?? search.get('database') ?? undefined
  return { database, settings, parameters }
}

function headerText(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}
