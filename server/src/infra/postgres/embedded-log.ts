import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import type { Log } from '../log.ts'

/** What one run of the server writes. */
export interface ServerLog {
  /**
   * Why the server ended, in its own words; empty where it gave none. Waits a moment for them: a process can be gone
   * before its last line has been read.
   */
  lastWords(): Promise<string>
}

const longestWaitMs = 1_000
const mostPlainLines = 5

/**
 * Before it has read its settings the server writes without a level, and of a file that it cannot open it says so in a
 * line of its own before it gives up.
 */
const isPlain = (line: string) => !/^[A-Z]+\d?: /.test(line) || /^LOG: +could not open/.test(line)

/**
 * Connections tried while it starts are turned away as FATAL, and those that a stop gives up while they still log in end as
 * FATAL, too; neither is a fault of the server.
 */
const isOfOneConnection = /the database system is|expected (SASL|password) response, got message type 88/

/** Passes the server's own lines on: routine ones for debugging, fatal ones as warnings. */
export function forwardLog(child: ChildProcess, log: Log): ServerLog {
  if (!child.stderr) return { lastWords: async () => '' }
  let fault = ''
  const plain: string[] = []
  const lines = createInterface({ input: child.stderr })
  const ended = once(lines, 'close')
  lines.on('line', (line) => {
    if (isPlain(line) && plain.length < mostPlainLines) plain.push(line.replace(/^LOG:/, '').trim())
    if (!/^(FATAL|PANIC):/.test(line) || isOfOneConnection.test(line)) {
      log.debug({ engine: 'postgres' }, line)
      return
    }
    fault = line
    log.warn({ engine: 'postgres' }, line)
  })
  return {
    async lastWords() {
      await Promise.race([ended, delay(longestWaitMs, undefined, { ref: false })])
      return [...plain, fault].filter(Boolean).join(' ')
    },
  }
}
