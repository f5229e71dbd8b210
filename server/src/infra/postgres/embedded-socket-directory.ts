import { chmod, lchown, lstat, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { shortHash } from '../process/data-directory.ts'
import { errorCode } from '../process/error-code.ts'
import type { OsUser } from '../process/os-user.ts'
import { StartRefused } from '../process/start-refused.ts'

/** Names the socket's file only: every cluster has a socket directory of its own. */
export const socketPort = 5432

/**
 * Makes the directory of the cluster's socket, which only `user` may enter. It lies under /tmp and not beside
 * the data, because a socket's path may not exceed 107 bytes; since anybody can write there, a directory
 * prepared by somebody else is refused.
 */
export async function ensureSocketDirectory(cluster: string, user: OsUser | undefined): Promise<string> {
  const directory = join('/tmp', `heliograph-${shortHash(cluster)}`)
  try {
    await mkdir(directory, { mode: 0o700 })
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
  }
  const found = await lstat(directory)
  const ours = process.getuid?.() ?? found.uid
  const wanted = user?.uid ?? ours
  if (!found.isDirectory() || (found.uid !== wanted && found.uid !== ours)) {
    throw new StartRefused(
      `${directory}, where the database's socket belongs, was made by somebody else (user number ${found.uid}): ` +
        'remove it and start again.',
    )
  }
  if (user && found.uid !== wanted) await lchown(directory, user.uid, user.gid)
  await chmod(directory, 0o700)
  return directory
}
