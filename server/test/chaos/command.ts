/** Any command of the product as a process of its own, and what belongs to an instance while it runs. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { findProcess } from '../../src/infra/process/process-facts.ts'

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface RunningCommand {
  readonly child: ChildProcess
  stdout(): string
  stderr(): string
  readonly ended: Promise<Ended>
}

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** `environment` is all that it gets besides the path. `ownGroup` makes it a group as a terminal would. */
export function runCommand(
  command: string,
  environment: Record<string, string>,
  { ownGroup = false } = {},
): RunningCommand {
  const child = spawn(process.execPath, [main, command], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: ownGroup,
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => (stdout += String(chunk)))
  child.stderr.on('data', (chunk) => (stderr += String(chunk)))
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }))
  })
  return { child, stdout: () => stdout, stderr: () => stderr, ended }
}

export interface InstanceProcess {
  readonly pid: number
  readonly identity: string
  readonly commandLine: string
}

/** Every live process that works in the data directory, or is told of it by its command line or environment. */
export function listInstanceProcesses(dataDirectory: string): InstanceProcess[] {
  const found: InstanceProcess[] = []
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry)
    if (!Number.isInteger(pid) || !belongsTo(pid, dataDirectory)) continue
    const facts = findProcess(pid)
    if (facts) found.push({ pid, identity: facts.identity, commandLine: facts.commandLine })
  }
  return found
}

export const isStillThere = ({ pid, identity }: InstanceProcess) => findProcess(pid)?.identity === identity

function belongsTo(pid: number, dataDirectory: string): boolean {
  try {
    return (
      readlinkSync(`/proc/${pid}/cwd`).startsWith(dataDirectory) ||
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(dataDirectory) ||
      readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`HELIOGRAPH_DATA=${dataDirectory}\0`)
    )
  } catch {
    // Ended meanwhile, a zombie, or somebody else's: none of ours that lives.
    return false
  }
}
