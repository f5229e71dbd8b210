/** For tests of restoring: months of the archive, and the login of the owner, which alone puts them back. */
import type { Kysely } from 'kysely'
import type pg from 'pg'
import { type Restored, restoreArchive } from '../src/cli/archive/restore.ts'
import { createLog } from '../src/infra/log.ts'
import { createKysely, createPool } from '../src/infra/postgres/pool.ts'
import type { DB } from '../src/infra/postgres/schema.generated.ts'
import type { ArchiveRecord } from '../src/modules/maintenance/index.ts'
import { type Months, openMonths } from './archive-months.ts'

export interface Restoring {
  readonly months: Months
  readonly owner: Kysely<DB>
  query<Row extends pg.QueryResultRow>(sql: string, parameters?: unknown[]): Promise<Row[]>
  restore(record: ArchiveRecord, onProgress?: (rows: number) => void, signal?: AbortSignal): Promise<Restored>
  /** Whether there is a table into which it was restored. */
  isThere(record: ArchiveRecord): Promise<boolean>
  close(): Promise<void>
}

export const untilDone = new AbortController().signal

export async function openRestoring(): Promise<Restoring> {
  const months = await openMonths()
  const { world } = months.matrix
  const owner = createKysely(createPool(world.owner, { name: 'restoring', max: 3, log: createLog('silent') }))
  return {
    months,
    owner,
    query: world.query,
    restore: (record, onProgress = () => undefined, signal = untilDone) =>
      restoreArchive(owner, months.folder(), record, { onProgress, signal }),
    async isThere({ name }) {
      const [table] = await world.query<{ there: boolean }>(`select to_regclass($1) is not null as there`, [
        `partitions.${name}_restored`,
      ])
      return table?.there ?? false
    },
    async close() {
      await owner.destroy()
      await months.matrix.close()
    },
  }
}
