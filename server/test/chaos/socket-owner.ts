import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

const hexPort = (port: number) => port.toString(16).toUpperCase().padStart(4, '0')

/** Inode of the end of a loopback connection that lies at `port` and leads to `peerPort`. */
function findInode(port: number, peerPort: number): string | undefined {
  const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n')
  for (const line of lines) {
    const [, local = '', remote = '', , , , , , , inode] = line.trim().split(/\s+/)
    if (local.endsWith(`:${hexPort(port)}`) && remote.endsWith(`:${hexPort(peerPort)}`)) return inode
  }
  return undefined
}

/**
 * Which of these processes holds the end of a loopback connection at `port` that leads to `peerPort`. Undefined
 * where it has ended already. Linux only: it is read from /proc.
 */
export function findSocketOwner(pids: readonly number[], port: number, peerPort: number): number | undefined {
  const inode = findInode(port, peerPort)
  if (inode === undefined || inode === '0') return undefined
  return pids.find((pid) => {
    try {
      return readdirSync(`/proc/${pid}/fd`).some((fd) => linkOf(pid, fd) === `socket:[${inode}]`)
    } catch {
      return false // the process has ended
    }
  })
}

function linkOf(pid: number, fd: string): string {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`)
  } catch {
    return '' // closed between listing and reading
  }
}
