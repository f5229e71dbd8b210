/**
 * One embedded PostgreSQL and one embedded ClickHouse for a whole test run, with a migrated template from which
 * every world of `world.ts` is cloned; and one Bluesky network for whoever joins it.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startEmbeddedClickHouse } from '../src/infra/clickhouse/embedded-clickhouse.ts'
import { createKeyring } from '../src/infra/crypto/keyring.ts'
import { createLog } from '../src/infra/log.ts'
import { createOwnedDatabase } from '../src/infra/postgres/create-database.ts'
import { startEmbeddedPostgres } from '../src/infra/postgres/embedded-postgres.ts'
import { migrateDatabase } from '../src/migrate.ts'
import { offerNetwork } from './bluesky-network/offered-network.ts'

export const testSecret = 'a secret for tests only, long enough to be one'
export const templateDatabase = 'heliograph_template'

declare module 'vitest' {
  interface ProvidedContext {
    superuserUrl: string
    clickhouseUrl: string
    networkUrl: string
  }
}

export default async function startTestEngines(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'heliograph-tests-'))
  // As root the database runs under an account of its own, which has to get in.
  await chmod(directory, 0o711)
  const log = createLog('error')
  const keyring = createKeyring([testSecret])
  const superuserPassword = keyring.derive('postgres/superuser')
  const [postgres, clickhouse] = await Promise.all([
    startEmbeddedPostgres({ dataDirectory: join(directory, 'postgres'), log, superuserPassword }),
    startEmbeddedClickHouse({ dataDirectory: join(directory, 'clickhouse'), log }),
  ])
  const owner = await createOwnedDatabase(
    { url: postgres.url },
    keyring.derive('postgres/owner'),
    templateDatabase,
  )
  await migrateDatabase({ owner, keyring }, log)
  const network = await offerNetwork()
  project.provide('networkUrl', network.url)
  project.provide('superuserUrl', postgres.url)
  project.provide('clickhouseUrl', clickhouse.url)
  return async () => {
    await Promise.all([postgres.process.stop(), clickhouse.process.stop(), network.stop()])
    await rm(directory, { recursive: true, force: true })
  }
}
