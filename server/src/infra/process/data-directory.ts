import { createHash } from 'node:crypto'
import { constants, realpathSync } from 'node:fs'
import { access, chmod, mkdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { errorCode } from './error-code.ts'
import { anybody, findBlockingDirectory } from './reachable.ts'
import { StartRefused } from './start-refused.ts'

/**
 * Where data lives when HELIOGRAPH_DATA names nothing: `data` in the repository. As root with a repository
 * that only root can enter (a checkout under a private home) it is a place under /var/lib, because the
 * database then runs as a user who could not get in.
 */
export function defaultDataDirectory(repository: string): string {
  const canonical = realpathSync(repository)
  if (process.getuid?.() !== 0 || findBlockingDirectory(canonical, anybody) === undefined) {
    return join(canonical, 'data')
  }
  return join('/var/lib/heliograph', shortHash(canonical))
}

/** Ten hexadecimal digits that stand for a path in a short name. */
export function shortHash(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 10)
}

/**
 * Makes the directory and whatever is missing above it, and sees that it can be written. What root makes may
 * be passed through, but not listed, by others: the database's account has to reach its part.
 */
export async function makeDataDirectory(path: string): Promise<void> {
  try {
    const firstMade = await mkdir(path, { recursive: true })
    if (firstMade !== undefined && process.getuid?.() === 0) {
      for (let made = resolve(path); made.length >= firstMade.length; made = dirname(made)) {
        await chmod(made, 0o711)
      }
    }
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    const code = errorCode(error) ?? 'unknown fault'
    throw new StartRefused(
      `The data directory ${path} cannot be used (${code}): make it writable for the user that runs ` +
        'Heliograph, or set HELIOGRAPH_DATA to another directory.',
      { cause: error },
    )
  }
}
