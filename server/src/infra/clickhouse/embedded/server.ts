import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { authenticate } from './authenticate.ts'
import type { Engine } from './engine.ts'
import { ClickHouseException } from './exception.ts'
import { readStatement, type StatementRequest } from './request.ts'
import { type Answer, createAnswer, type Summary } from './response.ts'
import { carryPipe } from './result-pipe.ts'
import { type AnalysedStatement, analyseStatement, returnsRows } from './statement.ts'

export interface Credentials {
  readonly user: string
  readonly password: string
}

/**
 * ClickHouse's HTTP interface in front of the embedded engine.
 * Protocol: https://clickhouse.com/docs/interfaces/http
 */
export function createHttpServer(engine: Engine, credentials: Credentials): Server {
  const server = createServer({ maxHeaderSize: 1_048_576, requestTimeout: 0 }, (request, response) => {
    handle(engine, credentials, request, response).catch((error: unknown) => {
      process.stderr.write(`request failed: ${error instanceof Error ? error.stack : String(error)}\n`)
      response.destroy()
    })
  })
  server.keepAliveTimeout = 10_000
  return server
}

async function handle(
  engine: Engine,
  credentials: Credentials,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  if (url.pathname === '/ping') {
    response.end('Ok.\n')
    return
  }
  const queryId = url.searchParams.get('query_id') ?? randomUUID()
  const failing = createAnswer(request, response, { queryId, format: '', compress: false })
  const isStatement = request.method === 'POST' || url.searchParams.has('query')
  if (url.pathname !== '/' || !['GET', 'POST'].includes(request.method ?? '')) {
    response.writeHead(404).end(`There is no handle ${url.pathname}\n`)
    return
  }
  if (!isStatement) {
    response.end('Ok.\n')
    return
  }
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const spoolPath = join(engine.spoolDirectory, randomUUID())
  let answer = failing
  try {
    authenticate(request, url, credentials.user, credentials.password)
    const statement = await readStatement(request, url, spoolPath, gone.signal)
    const analysed = statement.insert ? undefined : analyseStatement(statement.text)
    const format = statement.insert?.statement.format ?? analysed?.format ?? statement.defaultFormat
    answer = createAnswer(request, response, { queryId, format, compress: statement.compressResponse })
    await runStatement(engine, statement, analysed, answer, gone.signal)
  } catch (error) {
    // What is left of a body nobody wants is not read: the connection ends after the answer.
    if (!request.complete) response.shouldKeepAlive = false
    if (!gone.signal.aborted) await answer.fail(error)
  } finally {
    await rm(spoolPath, { force: true })
  }
}

async function runStatement(
  engine: Engine,
  statement: StatementRequest,
  analysed: AnalysedStatement | undefined,
  answer: Answer,
  signal: AbortSignal,
): Promise<void> {
  const { demand, insert, defaultFormat } = statement
  for (const name of analysed?.substitutions ?? []) {
    if (demand.parameters.has(name)) continue
    throw new ClickHouseException(456, 'UNKNOWN_QUERY_PARAMETER', `Substitution \`${name}\` is not set.`)
  }
  const summary = await engine.withLane(demand, signal, async (lane): Promise<Summary> => {
    let cancelling: Promise<void> | undefined
    const cancel = () => {
      cancelling ??= lane.cancel()
    }
    signal.addEventListener('abort', cancel, { once: true })
    const startedAt = performance.now()
    try {
      if (signal.aborted) throw new Error('the request was aborted')
      if (insert) {
        const { rows, sizeBytes } = await lane.run(insert.statement.readingFrom(insert.dataPath), 'Null')
        return wrote(rows, sizeBytes, startedAt)
      }
      if (analysed && returnsRows(analysed)) {
        const sql = analysed.writingTo(lane.pipePath, defaultFormat)
        const query = () => lane.run(sql, defaultFormat)
        const { rows, sizeBytes } = await carryPipe(lane.pipePath, answer, query, cancel)
        return read(rows, sizeBytes, startedAt)
      }
      const { bytes, rows, sizeBytes } = await lane.run(analysed?.sql ?? statement.text, defaultFormat)
      await answer.write(bytes)
      // SET, USE and temporary tables change the session: it must not serve anybody else.
      lane.retire()
      return read(rows, sizeBytes, startedAt)
    } finally {
      signal.removeEventListener('abort', cancel)
      await cancelling
    }
  })
  await answer.end(summary)
}

const read = (rows: number, sizeBytes: number, startedAt: number): Summary => ({
  readRows: rows,
  readBytes: sizeBytes,
  writtenRows: 0,
  writtenBytes: 0,
  elapsedMs: performance.now() - startedAt,
})

const wrote = (rows: number, sizeBytes: number, startedAt: number): Summary => ({
  ...read(rows, sizeBytes, startedAt),
  writtenRows: rows,
  writtenBytes: sizeBytes,
})
