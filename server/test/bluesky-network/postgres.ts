import { execFile } from 'node:child_process'
import { chmod, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { prepareBinaries } from '../../src/infra/postgres/embedded-binaries.ts'
import { ensureDatabaseOsUser } from '../../src/infra/process/os-user.ts'
import { type EngineProcess, launchEngine, waitUntil } from './engine-process.ts'

const run = promisify(execFile)
/** Superuser of the throw-away cluster. */
const superuser = 'postgres'

/** A throw-away PostgreSQL on a socket in `directory`, without durability, as it suits a test. */
export async function startPostgres(directory: string): Promise<{ url: string; engine: EngineProcess }> {
  // As root it runs under the database's own account, for which the binaries are put within reach.
  const user = process.getuid?.() === 0 ? await ensureDatabaseOsUser() : undefined
  const binaries = await prepareBinaries({ user, cacheDirectory: '/var/cache/heliograph' })
  const data = join(directory, 'data')
  await mkdir(data, { recursive: true })
  // The folder is made private to this user, and the engine's own user has to reach what lies in it.
  await chmod(dirname(directory), 0o711)
  if (user) await run('chown', [user.name, data, directory])
  const initdb = [
    binaries.initdb,
    '-D',
    data,
    '-U',
    superuser,
    '--auth=trust',
    '--no-sync',
    '--encoding=UTF8',
    '--locale=C',
  ]
  const identity = user ? ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'] : []
  const [command = '', ...args] = [...identity, ...initdb]
  await run(command, args, { cwd: directory })

  const settings = [
    'listen_addresses=',
    `unix_socket_directories=${directory}`,
    'fsync=off',
    'full_page_writes=off',
    'max_connections=100',
    'shared_buffers=32MB',
  ]
  const engine = launchEngine(
    binaries.postgres,
    ['-D', data, ...settings.flatMap((setting) => ['-c', setting])],
    user?.name ?? superuser,
  )
  const url = `postgresql://${superuser}@${encodeURIComponent(directory)}/postgres`
  await waitUntil('postgres', engine, async () => {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => undefined) // the next attempt tells
    try {
      await client.connect()
      return true
    } catch {
      return false
    } finally {
      await client.end().catch(() => undefined)
    }
  })
  return { url, engine }
}
