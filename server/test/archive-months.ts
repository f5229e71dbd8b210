/** For tests of the archive: months of snapshots that have had their time, and what became of them. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { z } from 'zod'
import { archiveExpiredPartitions } from '../src/modules/maintenance/archive-partitions.ts'
import type { Services } from '../src/modules/services.ts'
import { type Matrix, openMatrix } from './security/matrix-visits.ts'

const Row = z.looseObject({
  workspace_id: z.uuid(),
  captured_at: z.string(),
  likes: z.number(),
  raw: z.unknown(),
})
export type Row = z.infer<typeof Row>

export interface ArchivedState {
  readonly there: boolean
  readonly dropped: boolean
  readonly rows: number
  readonly sha256: string | null
}

export interface Months {
  readonly matrix: Matrix
  readonly services: Services
  /** Makes a month with so many snapshots, half of them of each workspace, with payloads in which lines end. */
  makeExpired(count: number): Promise<string>
  pathOf(name: string): string
  readRows(name: string): Promise<Row[]>
  stateOf(name: string): Promise<ArchivedState | undefined>
}

/** Whatever had its time from the start is archived already. */
export async function openMonths(): Promise<Months> {
  const matrix = await openMatrix()
  const { world, mine, theirs } = matrix
  const { services } = world.app
  await archiveExpiredPartitions(services, new AbortController().signal)
  const pathOf = (name: string) =>
    join(world.dataDirectory, 'archive/public/post_snapshots', `${name}.ndjson.zst`)
  let monthsBack = 30
  return {
    matrix,
    services,
    pathOf,
    async makeExpired(count) {
      monthsBack += 1
      await world.query(`select app.ensure_partitions(now() - $1 * interval '1 month', 0)`, [monthsBack])
      for (const { id, publishedPostId } of [mine, theirs]) {
        await world.query(
          `insert into post_snapshots (workspace_id, published_post_id, captured_at, source, likes, raw)
           select $1, $2, date_trunc('month', now() - $3 * interval '1 month', 'UTC') + n * interval '1 second', 'api', n,
             jsonb_build_object('text', E'one\\ntwo \\u2028 "Æ" ' || n)
           from generate_series(1, $4) n`,
          [id, publishedPostId, monthsBack, count / 2],
        )
      }
      const [row] = await world.query<{ name: string }>(
        `select 'post_snapshots_' || to_char((now() - $1 * interval '1 month') at time zone 'UTC', 'YYYY_MM') as name`,
        [monthsBack],
      )
      return row?.name ?? ''
    },
    async readRows(name) {
      const lines = zstdDecompressSync(await readFile(pathOf(name)))
        .toString()
        .split('\n')
      return lines.slice(0, -1).map((line) => Row.parse(JSON.parse(line)))
    },
    async stateOf(name) {
      const [row] = await world.query<ArchivedState>(
        `select to_regclass('partitions.' || $1) is not null as there, dropped_at is not null as dropped,
           row_count::int as rows, sha256 from app.partition_archives where partition_name = $1`,
        [name],
      )
      return row
    },
  }
}

/** What a step throws that is cut off as if its process were killed there. */
export class Killed extends Error {
  override readonly name = 'Killed'
}
