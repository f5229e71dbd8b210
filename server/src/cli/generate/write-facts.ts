import { Readable } from 'node:stream'
import type { ClickHouseClient } from '@clickhouse/client'
import type { FactOrigin, SnapshotFacts } from './items.ts'

export interface FactWriter {
  add(facts: SnapshotFacts): void
  /** Resolves when there is room for more; rejects when something could not be written. */
  room(): Promise<void>
  flush(): Promise<void>
  /** Facts written or waiting, in all. */
  count(): number
}

const factsPerTurn = 250_000
/** An entry is at most this long: four UUIDs, two numbers, three short words. */
const longestFactBytes = 200

const statement = `INSERT INTO performance_metrics
  (workspace_id, social_account_id, published_post_id, content_id, platform, source, timestamp, metric_name, metric_value)
  FORMAT RowBinary
`

/**
 * Writes facts in large blocks of ClickHouse's binary row format: a quarter of the bytes of JSON, and no text to be
 * read on either side. The facts of one snapshot share their beginning, which is copied.
 */
export function createFactWriter(client: ClickHouseClient): FactWriter {
  const bytes = [Buffer.allocUnsafe(factsPerTurn * 130), Buffer.allocUnsafe(factsPerTurn * 130)]
  let filling = 0
  let length = 0
  let waiting = 0
  let total = 0
  let writing: Promise<void> = Promise.resolve()
  let head: { post: FactOrigin; source: string; bytes: Buffer } | undefined

  const bufferOf = () => bytes[filling] ?? Buffer.alloc(0)
  const turn = () => {
    const block = bufferOf().subarray(0, length)
    filling = 1 - filling
    length = 0
    waiting = 0
    writing = block.length ? send(client, statement, block) : Promise.resolve()
    // Whoever waits next is told; until then nobody listens.
    writing.catch(() => undefined)
  }
  const isFull = () => waiting >= factsPerTurn || length + 10 * longestFactBytes > bufferOf().length

  return {
    count: () => total,
    add({ post, source, capturedAtMs, metrics }) {
      if (head?.post !== post || head.source !== source) head = { post, source, bytes: headOf(post, source) }
      const buffer = bufferOf()
      for (const [name, value] of Object.entries(metrics)) {
        length += head.bytes.copy(buffer, length)
        length = buffer.writeBigInt64LE(BigInt(capturedAtMs), length)
        length += wordOf(name).copy(buffer, length)
        length = buffer.writeDoubleLE(value, length)
        waiting += 1
        total += 1
      }
    },
    async room() {
      if (!isFull()) return
      await writing
      turn()
    },
    async flush() {
      await writing
      turn()
      await writing
    },
  }
}

async function send(client: ClickHouseClient, query: string, block: Buffer): Promise<void> {
  const { stream } = await client.exec({ query, values: Readable.from([block]) })
  // The answer is empty; only when it has been read is the insert at its end.
  for await (const chunk of stream) if (chunk.length) throw new Error(`ClickHouse said: ${String(chunk)}`)
}

const nobody = '00000000-0000-0000-0000-000000000000'

function headOf(post: FactOrigin, source: string): Buffer {
  return Buffer.concat([
    ...[post.workspaceId, post.accountId, post.postId, post.contentId ?? nobody].map(uuidBytes),
    wordOf(post.platform),
    wordOf(source),
  ])
}

/** A UUID lies there as two little-endian numbers of 64 bits. */
function uuidBytes(uuid: string): Buffer {
  const bytes = Buffer.from(uuid.replaceAll('-', ''), 'hex')
  bytes.subarray(0, 8).reverse()
  bytes.subarray(8).reverse()
  return bytes
}

const words = new Map<string, Buffer>()
/** A string lies there as its length and its bytes; all of ours are shorter than 128. */
function wordOf(word: string): Buffer {
  const known = words.get(word)
  if (known) return known
  const bytes = Buffer.from(word)
  const encoded = Buffer.concat([Buffer.from([bytes.length]), bytes])
  words.set(word, encoded)
  return encoded
}
