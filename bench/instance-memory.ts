import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { findProcess } from '../server/src/infra/process/process-facts.ts'

export interface MemoryPart {
  readonly name: string
  readonly processes: number
  readonly bytes: number
}

/**
 * Proportional set size of a process and all that it started, by program: memory that several processes share,
 * such as PostgreSQL's buffers, is counted once. Linux only, https://docs.kernel.org/filesystems/proc.html
 */
export function measureMemory(rootPid: number): MemoryPart[] {
  const parts = new Map<string, MemoryPart>()
  for (const pid of listTree(rootPid)) {
    const commandLine = findProcess(pid)?.commandLine
    if (commandLine === undefined) continue
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
    const kibibytes = Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1])
    const name = nameOf(commandLine)
    const part = parts.get(name) ?? { name, processes: 0, bytes: 0 }
    parts.set(name, { name, processes: part.processes + 1, bytes: part.bytes + kibibytes * 1_024 })
  }
  return [...parts.values()]
}

function nameOf(commandLine: string): string {
  if (commandLine.includes('clickhouse')) return 'ClickHouse'
  const [program = ''] = commandLine.split(/[ :]/)
  return basename(program) === 'postgres' ? 'PostgreSQL' : 'server'
}

function listTree(rootPid: number): number[] {
  const children = new Map<number, number[]>()
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry)
    const facts = Number.isInteger(pid) ? findProcess(pid) : undefined
    if (facts) children.set(facts.parentPid, [...(children.get(facts.parentPid) ?? []), pid])
  }
  const tree = [rootPid]
  // Grows while it is walked: each process brings its children.
  for (const pid of tree) tree.push(...(children.get(pid) ?? []))
  return tree
}
