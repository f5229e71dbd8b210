import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { errorCode } from './error-code.ts'

/** What the operating system knows about one live process. */
export interface ProcessFacts {
  readonly parentPid: number
  /** Differs between two processes that had the same pid one after the other, also across a reboot. */
  readonly identity: string
  readonly commandLine: string
}

/** The live process with this pid. A zombie has ended and holds nothing: it counts as absent. */
export function findProcess(pid: number): ProcessFacts | undefined {
  return process.platform === 'linux' ? findInProc(pid) : findWithPs(pid)
}

function findInProc(pid: number): ProcessFacts | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name in brackets and may itself contain spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
    return { parentPid: Number(fields[1]), identity: `${bootId}:${fields[19]}`, commandLine }
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
}

function findWithPs(pid: number): ProcessFacts | undefined {
  let line: string
  try {
    line = execFileSync('ps', ['-o', 'stat=,ppid=,lstart=,command=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch (error) {
    // ps ends with 1 when there is no such process, and cannot be told apart from a fault of its own otherwise.
    if (error instanceof Error && 'status' in error && error.status === 1) return undefined
    throw error
  }
  // For example: `Ss   1 Sat Nov 21 01:34:00 2026 /usr/bin/postgres -D /data`
  const match = /^(\S+)\s+(\d+)\s+(\S+\s+\S+\s+\d+\s+\S+\s+\d+)\s+(.*)$/s.exec(line)
  if (!match || match[1]?.startsWith('Z')) return undefined
  return { parentPid: Number(match[2]), identity: match[3] ?? '', commandLine: match[4] ?? '' }
}

/**
 * Pids of the processes whose working directory is `directory`; every process of a PostgreSQL cluster works
 * in its data directory. Empty where the system has no `/proc`.
 */
export function listProcessesIn(directory: string): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => workingDirectory(pid) === directory && findProcess(pid) !== undefined)
}

function workingDirectory(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    // Ended meanwhile, or somebody else's: neither is a process of ours.
    return undefined
  }
}
