import { execFile } from 'node:child_process'
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { errorCode } from '../../process/error-code.ts'

/** Says that a running process has the data directory. */
export class DirectoryInUseError extends Error {
  override readonly name = 'DirectoryInUseError'
  readonly pid: number

  constructor(directory: string, pid: number) {
    super(
      `The ClickHouse data directory ${directory} is in use by process ${pid}. Stop that process, or choose ` +
        'another directory.',
    )
    this.pid = pid
  }
}

/** Every engine process has this in its command line: a pid that was given to another program does not. */
const commandMark = 'clickhouse/embedded/main.ts'

/** The command line of a process that runs; undefined for one that is gone or a zombie. */
async function commandLine(pid: number): Promise<string | undefined> {
  try {
    if (process.platform === 'linux') return (await readFile(`/proc/${pid}/cmdline`, 'utf8')) || undefined
    const { stdout } = await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)])
    return stdout.trim() || undefined
  } catch (error) {
    // ENOENT and ESRCH from /proc, exit status 1 from ps: there is no such process.
    const { code } = error instanceof Error && 'code' in error ? error : { code: undefined }
    if (code === 'ENOENT' || code === 'ESRCH' || code === 1) return undefined
    throw error
  }
}

/** The pid in a lock file; undefined if the file is gone or is no lock file. */
async function readPid(path: string): Promise<number | undefined> {
  try {
    const pid = Number.parseInt(await readFile(path, 'utf8'), 10)
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Takes a data directory for this process, or throws DirectoryInUseError. The lock of a process that is gone
 * is taken over. The file appears with its content by a hard link, so nobody reads a half-written one.
 */
export async function lockDirectory(directory: string): Promise<{ release(): Promise<void> }> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const lockPath = join(directory, 'heliograph.pid')
  const ownPath = `${lockPath}.${process.pid}`
  await writeFile(ownPath, `${process.pid}\n`)
  try {
    for (;;) {
      try {
        await link(ownPath, lockPath)
        break
      } catch (error) {
        if (errorCode(error) !== 'EEXIST') throw error
      }
      const holder = await readPid(lockPath)
      if (holder !== undefined && holder !== process.pid) {
        const command = await commandLine(holder)
        if (command?.includes(commandMark)) throw new DirectoryInUseError(directory, holder)
      }
      // Moved away before it is deleted: of two processes that find the same stale file only one succeeds.
      const stalePath = `${ownPath}.stale`
      await rename(lockPath, stalePath).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
      })
      const moved = await readPid(stalePath)
      if (moved !== undefined && moved !== holder) await link(stalePath, lockPath)
      await rm(stalePath, { force: true })
    }
  } finally {
    await rm(ownPath, { force: true })
  }
  return { release: () => rm(lockPath, { force: true }) }
}
