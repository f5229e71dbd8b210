import { realpathSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/** Whose permissions are asked about; supplementary groups do not count, because engines are started without. */
export interface Visitor {
  readonly uid: number
  readonly gid: number
}

/** Somebody who owns nothing and belongs to no group. */
export const anybody: Visitor = { uid: -1, gid: -1 }

/** The first directory on the way to `path`, `path` itself included, that `visitor` may not enter or execute. */
export function findBlockingDirectory(path: string, visitor: Visitor): string | undefined {
  return [...ancestors(realpathSync(path))].find((step) => !mayEnter(step, visitor))
}

function mayEnter(path: string, visitor: Visitor): boolean {
  const { mode, uid, gid } = statSync(path)
  if (uid === visitor.uid) return (mode & 0o100) !== 0
  if (gid === visitor.gid) return (mode & 0o010) !== 0
  return (mode & 0o001) !== 0
}

function ancestors(path: string): string[] {
  const parent = dirname(path)
  return parent === path ? [path] : [...ancestors(parent), path]
}
