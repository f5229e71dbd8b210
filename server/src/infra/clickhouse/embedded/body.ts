import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import * as zlib from 'node:zlib'
import { notImplemented, queryTooLarge } from './exception.ts'

/** The body of a request, decompressed as its Content-Encoding says. */
export function decodedBody(request: IncomingMessage): Readable {
  const encoding = request.headers['content-encoding'] ?? 'identity'
  const decoders = new Map<
    string,
    () => zlib.Gunzip | zlib.Inflate | zlib.BrotliDecompress | zlib.ZstdDecompress
  >([
    ['gzip', zlib.createGunzip],
    ['deflate', zlib.createInflate],
    ['br', zlib.createBrotliDecompress],
    ['zstd', zlib.createZstdDecompress],
  ])
  const decoder = decoders.get(encoding)?.()
  if (decoder === undefined) {
    if (encoding !== 'identity') throw notImplemented(`Content-Encoding ${encoding} is not supported.`)
    return request
  }
  request.once('error', (error) => decoder.destroy(error))
  request.once('close', () => {
    if (!request.complete) decoder.destroy(new Error('the body broke off'))
  })
  return request.pipe(decoder)
}

export async function* none(): AsyncGenerator<Buffer> {}

export async function* concatenated(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first
  yield* rest
}

/** Reads to the end, which must not be further than `longestBytes`. */
export async function collect(
  source: AsyncIterable<Buffer>,
  longestBytes: number,
  first: Buffer = Buffer.alloc(0),
): Promise<Buffer> {
  const whole = await collectHead(source, longestBytes + 1, first)
  if (whole.length > longestBytes) throw queryTooLarge(`The statement is longer than ${longestBytes} bytes.`)
  return whole
}

/** Reads until at least `enoughBytes` are there, or to the end. */
export async function collectHead(
  source: AsyncIterable<Buffer>,
  enoughBytes: number,
  first: Buffer,
): Promise<Buffer> {
  if (first.length >= enoughBytes) return first
  const chunks = [first]
  let sizeBytes = first.length
  for await (const chunk of source) {
    chunks.push(chunk)
    sizeBytes += chunk.length
    if (sizeBytes >= enoughBytes) break
  }
  return Buffer.concat(chunks)
}
