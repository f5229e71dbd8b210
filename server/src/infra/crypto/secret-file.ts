import { randomBytes } from 'node:crypto'
import { link, lstat, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from '../process/error-code.ts'
import { StartRefused } from '../process/start-refused.ts'

/** As for a secret that is given by the environment. */
const shortest = 32

/**
 * The installation's secret: kept in the data folder, made at the first start, readable by its owner only. None is made
 * beside a database that another one opens: `StartRefused`.
 */
export async function readOrCreateSecret(dataDirectory: string): Promise<string> {
  const path = join(dataDirectory, 'secret')
  const existing = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (existing !== undefined) return requireWhole(existing, path)
  if (await isThere(join(dataDirectory, 'postgres', 'PG_VERSION'))) {
    throw new StartRefused(
      `The secret is missing: ${path} is not there, and the database in ${join(dataDirectory, 'postgres')} opens with ` +
        'nothing else. Put this file back from the backup that the folder comes from, or set HELIOGRAPH_DATA to a new ' +
        'folder to begin anew.',
    )
  }
  // Written aside and linked, so that two first starts agree on one and none is ever half-written. The name is
  // random: servers in containers all have the same process id.
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  try {
    await writeFile(draft, `${randomBytes(32).toString('base64url')}\n`, {
      mode: 0o600,
      flag: 'wx',
      flush: true,
    })
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(draft, { force: true })
  }
  return requireWhole(await readFile(path, 'utf8'), path)
}

/** Also where this account may not look: a database that somebody else owns is one. */
async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: unknown) => !['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? ''),
  )
}

/** An empty secret would encrypt with a key that everybody knows. */
function requireWhole(content: string, path: string): string {
  const secret = content.trim()
  if (secret.length >= shortest) return secret
  throw new StartRefused(
    `The secret in ${path} is damaged: put this file back from the backup, and leave everything else as it is. ` +
      'Nothing else opens the embedded database and the tokens of connected accounts.',
  )
}
