import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { accessSync, constants, existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Log } from '../log.ts'
import { type SupervisedProcess, supervise } from '../process/supervise.ts'
import type { EngineLimits } from './embedded/server-config.ts'

export interface EmbeddedClickHouse {
  /** `http://user:password@127.0.0.1:port`, the same for as long as the engine is supervised. */
  readonly url: string
  readonly process: SupervisedProcess
}

export interface EmbeddedClickHouseOptions {
  readonly dataDirectory: string
  readonly log: Log
  readonly limits?: Partial<EngineLimits>
}

const entry = fileURLToPath(new URL('./embedded/main.ts', import.meta.url))
const user = 'heliograph'
/** A small JavaScript heap: the engine keeps its own memory. */
const nodeFlags = [
  '--max-semi-space-size=2',
  '--max-old-space-size=256',
  '--disable-warning=ExperimentalWarning',
]

/**
 * Starts ClickHouse as a supervised child process on a data directory. The password is new at every start
 * and known to this process only. Rejects with the child's own words when it cannot start.
 */
export async function startEmbeddedClickHouse(
  options: EmbeddedClickHouseOptions,
): Promise<EmbeddedClickHouse> {
  const { dataDirectory, log, limits } = options
  const port = await freePort()
  const password = randomBytes(24).toString('base64url')
  let lastWords = ''
  try {
    const process = await supervise({
      name: 'clickhouse',
      log,
      prepare: () => fillCompileCache(dataDirectory),
      launch() {
        lastWords = ''
        const child = launch(dataDirectory, port, password, limits)
        child.stderr?.setEncoding('utf8').on('data', (text: string) => {
          lastWords = (lastWords + text).slice(-4_000)
          log.warn({ engine: 'clickhouse' }, text.trim())
        })
        return child
      },
      waitUntilReady,
      stopSignal: 'SIGTERM',
      startTimeoutMs: 30_000,
      stopTimeoutMs: 3_000,
    })
    return { url: `http://${user}:${password}@127.0.0.1:${port}`, process }
  } catch (error) {
    const reason = lastWords.trim()
    throw reason === '' ? error : new Error(`ClickHouse did not start: ${reason}`, { cause: error })
  }
}

function launch(
  dataDirectory: string,
  port: number,
  password: string,
  limits: Partial<EngineLimits> = {},
): ChildProcess {
  // 16 threads: each running query holds one.
  const command = [process.execPath, ...nodeFlags, entry, dataDirectory, String(port)]
  const setpriv = findSetpriv()
  if (setpriv !== undefined) command.unshift(setpriv, '--pdeathsig', 'KILL', '--')
  const [file = process.execPath, ...parameters] = command
  return spawn(file, parameters, {
    stdio: ['pipe', 'pipe', 'pipe'],
    // Ctrl-C in a terminal reaches every process of a group; the engine ends when we end it, after its users.
    detached: true,
    env: {
      PATH: process.env.PATH,
      TZ: 'UTC',
      NODE_COMPILE_CACHE: compileCache(dataDirectory),
      // The engine's allocator gives unused pages back at once (-10 MB).
      MALLOC_CONF: 'narenas:2,dirty_decay_ms:0,muzzy_decay_ms:0',
      UV_THREADPOOL_SIZE: '16',
      CLICKHOUSE_USER: user,
      CLICKHOUSE_PASSWORD: password,
      CLICKHOUSE_MEMORY_BYTES: String(limits.memoryBytes ?? ''),
      CLICKHOUSE_QUERY_TIMEOUT_SECONDS: String(limits.queryTimeoutSeconds ?? ''),
      CLICKHOUSE_CONCURRENT_QUERIES: String(limits.concurrentQueries ?? ''),
    },
  })
}

const compileCache = (dataDirectory: string) => join(dataDirectory, 'compile-cache')

/**
 * Keeps the compiled modules of the engine's process in a directory, by a process of 0.2 s before the very
 * first start. The engine then never loads the TypeScript compiler, which would stay in its memory (20 MB).
 */
async function fillCompileCache(dataDirectory: string): Promise<void> {
  const directory = compileCache(dataDirectory)
  if (existsSync(directory)) return
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 })
  const env = { PATH: process.env.PATH, NODE_COMPILE_CACHE: directory }
  await promisify(execFile)(process.execPath, [...nodeFlags, entry, '--compile'], { env })
}

/**
 * `setpriv` makes the kernel end the engine together with this process, however that dies. Elsewhere than on
 * Linux the engine notices by its closed standard input.
 */
function findSetpriv(): string | undefined {
  if (process.platform !== 'linux') return undefined
  return ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false // Not installed there: the next place, or the closed standard input, has to do.
    }
  })
}

function waitUntilReady(child: ChildProcess, signal: AbortSignal): Promise<void> {
  const { stdout } = child
  if (stdout === null) return Promise.reject(new Error('the engine has no standard output'))
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    createInterface({ input: stdout }).on('line', (line) => {
      if (line.startsWith('ready ')) resolve()
    })
  })
}

/** A port that is free now. It is chosen once, so that the URL outlives a restart of the engine. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => {
        if (typeof address === 'object' && address !== null) resolve(address.port)
        else reject(new Error('no port was assigned'))
      })
    })
  })
}
