import { spawn } from 'node:child_process'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { forwardLog } from './embedded-log.ts'

/** What a server that writes these lines and ends has said last, and what of it became a warning. */
async function heard(...lines: string[]): Promise<{ words: string; warnings: string[] }> {
  const warnings: string[] = []
  const log = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(JSON.parse(line).msg) })
  const server = spawn('sh', ['-c', 'printf "%s\\n" "$@" >&2', 'sh', ...lines], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  return { words: await forwardLog(server, log).lastWords(), warnings }
}

test('the last words of a server are its fault, not its hints and routine', async () => {
  const fault = 'FATAL:  data directory "/data" has wrong ownership'
  const lines = ['LOG:  starting PostgreSQL', fault, 'HINT:  The server must be started by its owner.']
  expect(await heard(...lines)).toEqual({ words: fault, warnings: [fault] })
})

test('a server that ends before it knows levels is heard, too', async () => {
  const lines = ['postgres: could not find the database system', 'Expected to find it in "/data"']
  expect((await heard(...lines)).words).toBe(lines.join(' '))
})

test('connections that are turned away or given up while they log in are no warning', async () => {
  const lines = [
    'FATAL:  the database system is starting up',
    'FATAL:  expected SASL response, got message type 88',
  ]
  expect(await heard(...lines)).toEqual({ words: '', warnings: [] })
  const others = ['FATAL:  expected SASL response, got message type 112', 'PANIC:  could not write']
  expect((await heard(...others)).warnings).toEqual(others)
})
