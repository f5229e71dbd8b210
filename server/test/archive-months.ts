/** For tests of the archive: months of snapshots that have had their time, and what became of them. */
import { existsSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { z } from 'zod'
import { type ArchiveFolder, openArchiveFolder, pickArchive } from '../src/cli/archive/file-check.ts'
import { archiveExpiredPartitions } from '../src/modules/maintenance/archive-partitions.ts'
import { type ArchiveRecord, listArchives } from '../src/modules/maintenance/index.ts'
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

/** Where a name is asked for, that of the month will do: what left it has the instant at which it left in its name. */
export interface Months {
  readonly matrix: Matrix
  readonly services: Services
  /** Makes a month with so many snapshots, half of them of each workspace, with payloads in which lines end. */
  makeExpired(count: number): Promise<string>
  /** Everything that has had its time leaves. */
  archiveExpired(): Promise<unknown>
  /** As `makeExpired`, and it leaves; `change` may touch its rows before. */
  archiveMonth(count: number, change?: (name: string) => Promise<unknown>): Promise<ArchiveRecord>
  records(): Promise<ArchiveRecord[]>
  recordOf(name: string): Promise<ArchiveRecord>
  folder(): ArchiveFolder
  pathOf(name: string): string
  readRows(name: string): Promise<Row[]>
  stateOf(name: string): Promise<ArchivedState | undefined>
}

/** Whatever had its time from the start is archived already. */
export async function openMonths(): Promise<Months> {
  const matrix = await openMatrix()
  const { world, mine, theirs } = matrix
  const { services } = world.app
  const archiveExpired = () => archiveExpiredPartitions(services, new AbortController().signal)
  await archiveExpired()
  const records = () => services.doors.withDispatch(listArchives)
  const recordOf = async (name: string) => {
    const known = await records()
    const left = known.find((record) => record.name.startsWith(`${name}_`))
    return pickArchive(known, left?.name ?? name)
  }
  const pathOf = (name: string) => {
    const folder = join(world.dataDirectory, 'archive/public/post_snapshots')
    const files = existsSync(folder) ? readdirSync(folder) : []
    const file = files.find((found) => found.startsWith(`${name}_`) && found.endsWith('.zst'))
    return join(folder, file ?? `${name}.ndjson.zst`)
  }
  let monthsBack = 30
  const months: Months = {
    matrix,
    services,
    pathOf,
    archiveExpired,
    records,
    recordOf,
    folder: () => openArchiveFolder(world.dataDirectory),
    async archiveMonth(count, change) {
      const name = await months.makeExpired(count)
      await change?.(name)
      await archiveExpired()
      return recordOf(name)
    },
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
        `select to_regclass('partitions.' || partition_name) is not null as there, dropped_at is not null as dropped,
           row_count::int as rows, sha256 from app.partition_archives
         where partition_name = $1 or starts_with(partition_name, $1 || '_')`,
        [name],
      )
      return row
    },
  }
  return months
}

/** What a step throws that is cut off as if its process were killed there. */
export class Killed extends Error {
  override readonly name = 'Killed'
}
