/** The product as a person starts it: a process of its own on a data directory, reached over HTTP. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export interface RunningServer {
  readonly url: string
  readonly child: ChildProcess
  /** What it has written so far. */
  output(): string
  stop(): Promise<void>
}

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const startTimeoutMs = 60_000

/** Resolves with the first page served. Rejects with the server's own words when it ends instead, or is not up in time. */
export async function startServer(
  dataDirectory: string,
  env: Record<string, string> = {},
): Promise<RunningServer> {
  const port = await freePort()
  const url = `http://localhost:${port}`
  const child = spawn(process.execPath, [main, 'start'], {
    env: { PATH: process.env.PATH, PORT: String(port), HELIOGRAPH_DATA: dataDirectory, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)))
  const deadline = Date.now() + startTimeoutMs
  while (!(await answers(url))) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}: ${output}`)
    if (Date.now() > deadline) {
      await end(child)
      throw new Error(`the server was not up in time: ${output}`)
    }
    await delay(20)
  }
  return {
    url,
    child,
    output: () => output,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

/** The engines end with it in either way; what hangs gets no more than ten seconds for an orderly end. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const hurry = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await ended
  clearTimeout(hurry)
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(1_000) })).ok
  } catch {
    return false
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (!address || typeof address === 'string') throw new Error('no free port')
  return address.port
}
