/** For tests: a process that archives what has had its time and never gets beyond the first bytes of a file. */
import { createApp } from '../src/app.ts'
import { readConfig } from '../src/config.ts'
import { createKeyring } from '../src/infra/crypto/keyring.ts'
import { createLog } from '../src/infra/log.ts'
import type { Storage } from '../src/infra/storage/storage.ts'
import { duties } from '../src/modules/maintenance/duties.ts'
import { runDuty } from '../src/modules/maintenance/run-duty.ts'

const { OWNER_URL = '', TEST_SECRET = '', DATA_DIRECTORY = '' } = process.env
const app = await createApp({
  config: readConfig({ NODE_ENV: 'test' }),
  engines: { owner: { url: OWNER_URL }, clickhouseUrl: undefined, keyring: createKeyring([TEST_SECRET]) },
  dataDirectory: DATA_DIRECTORY,
  log: createLog('silent'),
})

async function* halting(chunks: AsyncIterable<Uint8Array>) {
  for await (const chunk of chunks) {
    yield chunk
    process.stdout.write('begun\n')
    await new Promise(() => undefined)
  }
}
const archive: Storage = {
  ...app.services.archive,
  putStream: (key, chunks) => app.services.archive.putStream(key, halting(chunks)),
}
const duty = duties.find(({ name }) => name === 'archive_expired_partitions')
if (duty) await runDuty({ ...app.services, archive }, duty, {}, new AbortController().signal)
