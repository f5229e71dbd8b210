import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { lockHash } from './install-packages.mjs'
import { nodeBinary, nodeEnvironment } from './node-runtime.mjs'
import { runQuietly } from './quiet-command.mjs'
import { readStamp, repository, writeStamp } from './repository.mjs'

const web = join(repository, 'web')
const notSources = new Set(['dist', 'node_modules'])

/** Builds the web app when its sources or packages are not those of the last build. */
export const buildWeb = {
  isDone() {
    return existsSync(join(web, 'dist', 'index.html')) && readStamp('web')?.sources === sourceHash()
  },

  async run() {
    if (!existsSync(join(web, 'vite.config.ts'))) {
      console.log('web/vite.config.ts is missing in this checkout: the web app is not built.')
      return
    }
    // Taken before the build: a file saved meanwhile leads to another build.
    const sources = sourceHash()
    const vite = join(repository, 'node_modules', 'vite', 'bin', 'vite.js')
    await runQuietly('Building the web app', nodeBinary(), [vite, 'build', 'web'], {
      cwd: repository,
      env: { ...nodeEnvironment(), NODE_ENV: 'production' },
      tied: true,
    })
    writeStamp('web', { sources })
  },
}

function sourceHash() {
  const hash = createHash('sha256').update(lockHash())
  for (const path of listFiles(web)) hash.update(`\0${path}\0`).update(readFileSync(join(web, path)))
  return hash.digest('hex')
}

function listFiles(directory) {
  if (!existsSync(directory)) return []
  const entries = readdirSync(directory, { withFileTypes: true, recursive: false })
  return entries
    .filter(({ name }) => !notSources.has(name))
    .flatMap((entry) => {
      if (!entry.isDirectory()) return [entry.name]
      return listFiles(join(directory, entry.name)).map((path) => join(entry.name, path))
    })
    .sort()
}
