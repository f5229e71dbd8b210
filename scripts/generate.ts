/** Writes the derived files anew, from a fresh database of its own. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp } from '../server/src/app.ts'
import { readConfig } from '../server/src/config.ts'
import { startEngines } from '../server/src/engines.ts'
import { createLog } from '../server/src/infra/log.ts'
import { loginUrl } from '../server/src/infra/postgres/pool.ts'
import { migrateAnalytics, migrateDatabase } from '../server/src/migrate.ts'
import { dataModelFile, deriveDataModel } from './data-model/document.ts'
import { deriveClientTypes, deriveDatabaseTypes, derivedFiles } from './derive-types.ts'

const dataDirectory = await mkdtemp(join(tmpdir(), 'heliograph-generate-'))
// The database's own account has to enter.
await chmod(dataDirectory, 0o711)
const config = readConfig({})
const log = createLog('warn')
const engines = await startEngines(config, dataDirectory, log)
try {
  await migrateDatabase(engines, log)
  await writeFile(derivedFiles.database, await deriveDatabaseTypes(loginUrl(engines.owner)))
  await migrateAnalytics(engines, log, new AbortController().signal)
  if (!engines.clickhouseUrl) throw new Error('The embedded ClickHouse did not start.')
  await writeFile(dataModelFile, await deriveDataModel(loginUrl(engines.owner), engines.clickhouseUrl))
  const app = await createApp({ config, engines, dataDirectory, log })
  await app.http.ready()
  await writeFile(derivedFiles.client, await deriveClientTypes(app.http.swagger()))
  await app.stop()
} finally {
  await engines.stop()
  await rm(dataDirectory, { recursive: true })
}
