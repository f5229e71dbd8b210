import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { StartRefused } from './start-refused.ts'

/** An account of the operating system. */
export interface OsUser {
  readonly uid: number
  readonly gid: number
  readonly name: string
}

const run = promisify(execFile)
const ownAccount = 'heliograph-db'

/** Reads the local accounts; a directory service is deliberately not asked. */
export function findOsUser(name: string): OsUser | undefined {
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [account, , uid, gid] = line.split(':')
    if (account === name && Number(uid) > 0) return { uid: Number(uid), gid: Number(gid), name }
  }
  return undefined
}

/** The account under which a root process runs PostgreSQL: the system's `postgres`, else one made for it. */
export async function ensureDatabaseOsUser(): Promise<OsUser> {
  const existing = findOsUser('postgres') ?? findOsUser(ownAccount)
  if (existing) return existing
  const faults: string[] = []
  const attempts: [string, string[]][] = [
    ['useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', ownAccount]],
    ['adduser', ['-S', '-D', '-H', '-s', '/sbin/nologin', ownAccount]],
  ]
  for (const [command, args] of attempts) {
    try {
      await run(command, args, { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } })
    } catch (error) {
      faults.push(error instanceof Error ? error.message.trim() : String(error))
    }
    // Two first starts may make it at the same moment: what counts is that it is there.
    const made = findOsUser(ownAccount)
    if (made) return made
  }
  throw new StartRefused(
    `PostgreSQL does not run as root and no system user could be made for it (${faults.join('; ')}): ` +
      `run Heliograph as an ordinary user, or create a user named ${ownAccount}.`,
  )
}
