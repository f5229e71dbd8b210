import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { OsUser } from './os-user.ts'
import { StartRefused } from './start-refused.ts'

export interface TiedOptions {
  /** Run as this account instead of our own; only root can. */
  readonly user: OsUser | undefined
  /** What the kernel sends the child at the moment this process is gone, however it went. */
  readonly deathSignal: 'INT' | 'TERM' | 'KILL'
  readonly env: NodeJS.ProcessEnv
  readonly stdio: SpawnOptions['stdio']
}

/**
 * Spawns a child that does not outlive this process, not even when this process is killed with -9. The kernel
 * sees to that on Linux; elsewhere the child must be found and ended at the next start.
 */
export function spawnTied(command: string, args: readonly string[], options: TiedOptions): ChildProcess {
  const { user, deathSignal, env, stdio } = options
  const spawnOptions: SpawnOptions = {
    env,
    stdio: stdio ?? 'pipe',
    cwd: '/',
    // Ctrl-C in a terminal reaches every process of a group; engines end when we end them, after their users.
    detached: true,
    // Node drops all supplementary groups together with the account.
    ...(user && { uid: user.uid, gid: user.gid }),
  }
  if (process.platform !== 'linux') return spawn(command, args, spawnOptions)
  // setpriv replaces itself by the command, so the child's pid is the command's.
  return spawn(findSetpriv(), ['--pdeathsig', deathSignal, '--', command, ...args], spawnOptions)
}

function findSetpriv(): string {
  const directories = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/bin']
  for (const directory of directories) {
    const candidate = join(directory, 'setpriv')
    if (directory && isExecutable(candidate)) return candidate
  }
  throw new StartRefused('The command setpriv is missing: install the package util-linux.')
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
