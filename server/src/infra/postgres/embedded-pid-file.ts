import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { errorCode } from '../process/error-code.ts'
import { findProcess, listProcessesIn } from '../process/process-facts.ts'
import { StartRefused } from '../process/start-refused.ts'

/** A server whose parent was killed gets its signal a moment later, and then shuts down. */
const noticeMs = 1_000
const shutdownMs = 15_000

/**
 * Makes way for a start: waits for a server that is shutting down, refuses while one runs, and removes a
 * `postmaster.pid` whose pid now belongs to another program, which PostgreSQL itself would take for a server.
 * A file whose process is simply gone is left alone: PostgreSQL needs it to detect surviving backends.
 */
export async function clearPidFile(directory: string): Promise<void> {
  const startedAt = Date.now()
  for (;;) {
    const file = await readPidFile(directory)
    if (!file) return
    const found = findProcess(file.pid)
    if (!found) return releaseZombie(directory, file.pid)
    if (!isServerOf(file.pid, found.commandLine, directory)) {
      await removeStalePidFile(directory, file.pid)
      return
    }
    // Without the kernel's help (not Linux) a server outlives its killed parent; nobody else would end it.
    if (process.platform !== 'linux' && found.parentPid === 1 && !file.isStopping)
      process.kill(file.pid, 'SIGINT')
    if (Date.now() - startedAt > (file.isStopping ? shutdownMs : noticeMs)) {
      throw new StartRefused(
        `The database in ${directory} is in use by a running PostgreSQL (process ${file.pid}): stop the Heliograph ` +
          'that runs it, or set HELIOGRAPH_DATA to another directory.',
      )
    }
    await delay(20)
  }
}

/** The pid of the server that holds the directory, as it says itself. */
export async function findPostmasterPid(directory: string): Promise<number | undefined> {
  return (await readPidFile(directory))?.pid
}

interface PidFile {
  readonly pid: number
  readonly isStopping: boolean
}

/** Line 1 is the postmaster's pid, line 8 its status, padded with blanks. */
async function readPidFile(directory: string): Promise<PidFile | undefined> {
  try {
    const lines = (await readFile(pidFilePath(directory), 'utf8')).split('\n')
    const pid = Number.parseInt(lines[0] ?? '', 10)
    return Number.isInteger(pid) && pid > 0 ? { pid, isStopping: lines[7]?.trim() === 'stopping' } : undefined
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

function isServerOf(pid: number, commandLine: string, directory: string): boolean {
  if (!/postgres/.test(commandLine)) return false
  return `${commandLine} `.includes(` ${directory} `) || listProcessesIn(directory).includes(pid)
}

/** A zombie answers signals, so PostgreSQL would believe in it. */
async function releaseZombie(directory: string, pid: number): Promise<void> {
  if (answersSignals(pid)) await removeStalePidFile(directory, pid)
}

function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errorCode(error) === 'EPERM'
  }
}

/** Backends of a killed server may still write: without the file PostgreSQL could miss them. */
async function removeStalePidFile(directory: string, pid: number): Promise<void> {
  const deadline = Date.now() + shutdownMs
  let survivors = listProcessesIn(directory)
  while (survivors.length > 0 && Date.now() < deadline) {
    await delay(20)
    survivors = listProcessesIn(directory)
  }
  if (survivors.length > 0) {
    throw new StartRefused(
      `Processes ${survivors.join(', ')} of an earlier PostgreSQL still work in ${directory}: end them first.`,
    )
  }
  // A server that started meanwhile has written its own pid.
  if ((await readPidFile(directory))?.pid === pid) await rm(pidFilePath(directory), { force: true })
}

function pidFilePath(directory: string): string {
  return join(directory, 'postmaster.pid')
}
