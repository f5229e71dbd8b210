import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Writable } from 'node:stream'
import * as zlib from 'node:zlib'
import { httpStatus, toException } from './exception.ts'

/** Output is held back until this much is there or the query has ended, so that most errors get a status. */
const heldBackBytes = 131_072
/** A client that takes nothing for so long has gone away without saying so. */
const stalledClientMs = 60_000

/** What a statement did, for the X-ClickHouse-Summary header. */
export interface Summary {
  readonly readRows: number
  readonly readBytes: number
  readonly writtenRows: number
  readonly writtenBytes: number
  readonly elapsedMs: number
}

/** One answer: headers are sent with the first byte, or with the error. */
export interface Answer {
  /** Sends bytes; resolves when more are welcome. */
  write(chunk: Uint8Array): Promise<void>
  end(summary: Summary): Promise<void>
  fail(error: unknown): Promise<void>
}

// biome-ignore format: a table
const contentTypes: readonly (readonly [RegExp, string])[] = [
  [/^JSON(Compact|Strings|CompactStrings|ColumnsWithMetadata|Columns|CompactColumns)?$/, 'application/json; charset=UTF-8'],
  [/^JSON.*EachRow/, 'application/x-ndjson; charset=UTF-8'],
  [/^CSV/, 'text/csv; charset=UTF-8; header=absent'],
  [/^(TabSeparated|TSV)/, 'text/tab-separated-values; charset=UTF-8'],
  [/^(Native|RowBinary|Parquet|Arrow|ORC|Avro|MsgPack|Protobuf|CapnProto|BSON|Npy)/, 'application/octet-stream'],
]

function encoderFor(request: IncomingMessage): [string, () => Writable & NodeJS.ReadableStream] | undefined {
  const accepted = String(request.headers['accept-encoding'] ?? '')
  // Fast levels: both ends are on one machine, where time counts for more than bytes.
  const encoders: [string, () => Writable & NodeJS.ReadableStream][] = [
    ['br', () => zlib.createBrotliCompress({ params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } })],
    ['zstd', () => zlib.createZstdCompress()],
    ['gzip', () => zlib.createGzip({ level: 1 })],
    ['deflate', () => zlib.createDeflate({ level: 1 })],
  ]
  return encoders.find(([name]) => new RegExp(`(^|[ ,])${name}\\b`).test(accepted))
}

export function createAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  options: { queryId: string; format: string; compress: boolean },
): Answer {
  const exceptionTag = randomBytes(8).toString('hex')
  const held: Uint8Array[] = []
  let heldBytes = 0
  let sink: Writable | undefined

  const baseHeaders = {
    'X-ClickHouse-Query-Id': options.queryId,
    'X-ClickHouse-Server-Display-Name': 'embedded',
    'X-ClickHouse-Timezone': 'UTC',
  }

  const open = (summary: Summary | undefined): Writable => {
    const encoder = options.compress ? encoderFor(request) : undefined
    const contentType = contentTypes.find(([pattern]) => pattern.test(options.format))?.[1]
    response.writeHead(200, {
      ...baseHeaders,
      'X-ClickHouse-Format': options.format,
      'X-ClickHouse-Exception-Tag': exceptionTag,
      'X-ClickHouse-Summary': summaryJson(summary),
      'Content-Type': contentType ?? 'text/plain; charset=UTF-8',
      ...(encoder && { 'Content-Encoding': encoder[0], Vary: 'Accept-Encoding' }),
    })
    if (encoder === undefined) return response
    const stream = encoder[1]()
    stream.pipe(response)
    return stream
  }

  const send = async (target: Writable, chunk: Uint8Array): Promise<void> => {
    if (target.write(chunk)) return
    await new Promise<void>((resolve, reject) => {
      const settle = (done: () => void) => () => {
        clearTimeout(timer)
        target.removeListener('drain', drained)
        response.removeListener('close', closed)
        done()
      }
      const drained = settle(resolve)
      const closed = settle(() => reject(new Error('the client went away')))
      const timer = setTimeout(() => response.destroy(), stalledClientMs)
      target.once('drain', drained)
      response.once('close', closed)
      if (response.destroyed) closed()
    })
  }

  const release = async (summary: Summary | undefined): Promise<Writable> => {
    sink ??= open(summary)
    heldBytes = 0
    for (const chunk of held.splice(0)) await send(sink, chunk)
    return sink
  }

  return {
    async write(chunk) {
      if (sink) return send(sink, chunk)
      held.push(chunk)
      heldBytes += chunk.length
      if (heldBytes >= heldBackBytes) await release(undefined)
    },
    async end(summary) {
      const target = await release(summary)
      target.end()
    },
    async fail(error) {
      const exception = toException(error)
      if (sink === undefined) {
        response.writeHead(httpStatus(exception.code), {
          ...baseHeaders,
          'X-ClickHouse-Exception-Code': exception.code,
          'Content-Type': 'text/plain; charset=UTF-8',
        })
        response.end(`${exception.text}\n`)
        return
      }
      // The form in which a server tells of an error in the midst of a result (since 25.11): clients find it
      // by the tag of the header.
      const text = `${exception.text}\n`
      const marker = '__exception__\r\n'
      sink.end(
        `\r\n${marker}${exceptionTag}\r\n${text}${Buffer.byteLength(text)} ${exceptionTag}\r\n${marker}`,
      )
    },
  }
}

function summaryJson(summary: Summary | undefined): string {
  return JSON.stringify({
    read_rows: String(summary?.readRows ?? 0),
    read_bytes: String(summary?.readBytes ?? 0),
    written_rows: String(summary?.writtenRows ?? 0),
    written_bytes: String(summary?.writtenBytes ?? 0),
    total_rows_to_read: '0',
    result_rows: String(summary?.readRows ?? 0),
    result_bytes: String(summary?.readBytes ?? 0),
    elapsed_ns: String(Math.round((summary?.elapsedMs ?? 0) * 1e6)),
  })
}
