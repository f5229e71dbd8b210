import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Session } from 'chdb'
import { sqlIdentifier, sqlString } from '../sql-tokens.ts'
import { ClickHouseException, toException } from './exception.ts'
import { createPlaces } from './places.ts'
import { type EngineLimits, serverConfig } from './server-config.ts'

/** What a request asks of the session that runs its statement. */
export interface SessionDemand {
  readonly database: string | undefined
  readonly settings: ReadonlyMap<string, string>
  /** Values of `{name:Type}` substitutions, as text in ClickHouse's escaped form. */
  readonly parameters: ReadonlyMap<string, string>
}

/** One of the places where a statement can run: a session and a named pipe for its result. */
export interface Lane {
  readonly pipePath: string
  /** Runs one statement. Rejects with ClickHouseException. */
  run(sql: string, format: string): Promise<{ bytes: Uint8Array; rows: number; sizeBytes: number }>
  /** Ends the statement that runs now, which then rejects with code 394; no-op without one. */
  cancel(): Promise<void>
  /** Closes the session after this request instead of lending it to another one. */
  retire(): void
}

export interface Engine {
  /** A directory on the data's own disk for files of this run only. */
  readonly spoolDirectory: string
  /**
   * Waits for a free place, prepares its session, and hands it to `work` alone. Requests that wait are served
   * in order; one whose signal aborts leaves the queue.
   */
  withLane<T>(demand: SessionDemand, signal: AbortSignal, work: (lane: Lane) => Promise<T>): Promise<T>
  /** Cancels everything that runs and closes the engine. */
  close(): Promise<void>
}

/**
 * Settings that no request can change: the query condition cache gives wrong counts after a filtered vector
 * search in this engine version.
 */
const forcedSettings = ['--use_query_condition_cache=0']

/** Opens the engine on a directory that this process has locked. */
export async function openEngine(directory: string, limits: EngineLimits): Promise<Engine> {
  const storeDirectory = join(directory, 'store')
  const spoolDirectory = join(directory, 'spool')
  await rm(spoolDirectory, { recursive: true, force: true })
  await mkdir(spoolDirectory, { recursive: true, mode: 0o700 })
  const configPath = join(directory, 'server.xml')
  await writeFile(configPath, serverConfig(limits))
  const pipePaths = Array.from({ length: limits.concurrentQueries }, (_, index) =>
    join(spoolDirectory, `result-${index}`),
  )
  await promisify(execFile)('mkfifo', ['-m', '600', ...pipePaths])

  const sessionArguments = [
    `--config-file=${configPath}`,
    '--output_format_json_quote_64bit_integers=1',
    // The engine's own default takes `1 + 1` for a query; a server calls it a syntax error.
    '--implicit_select=0',
    '--allow_introspection_functions=0',
    '--storage_file_read_method=pread',
    `--max_execution_time=${limits.queryTimeoutSeconds}`,
    // Long inserts are written in smaller blocks than by default (a million rows, 256 MB), to use less memory.
    '--max_insert_block_size=65536',
    '--min_insert_block_size_rows=65536',
    '--min_insert_block_size_bytes=33554432',
    ...forcedSettings,
  ]
  const openSession = (...more: string[]) =>
    new Session(storeDirectory, { connectionArgs: [...sessionArguments, ...more] })
  const control = openSession()
  // The first statement loads the tables; until then the engine is not ready.
  await control.queryAsync('SELECT 1')

  const lanes = pipePaths.map((pipePath, index) =>
    createLane(pipePath, `lane-${index}`, openSession, control),
  )
  const places = createPlaces(lanes)
  return {
    spoolDirectory,
    async withLane(demand, signal, work) {
      const signature = JSON.stringify([demand.database, ...demand.settings])
      const lane = await places.take((candidate) => candidate.signature === signature, signal)
      try {
        await lane.prepare(demand, signature)
        return await work({ ...lane, retire: () => lane.discardSession() })
      } catch (error) {
        lane.discardSession()
        throw error
      } finally {
        places.giveBack(lane)
      }
    },
    async close() {
      places.close(new ClickHouseException(210, 'NETWORK_ERROR', 'The server is shutting down.'))
      await Promise.all(lanes.map((lane) => lane.cancel()))
      await places.allFree()
      for (const lane of lanes) lane.discardSession()
      control.close()
    },
  }
}

interface PooledLane extends Omit<Lane, 'retire'> {
  readonly signature: string | undefined
  prepare(demand: SessionDemand, signature: string): Promise<void>
  discardSession(): void
}

/**
 * A lane keeps its session while requests ask for the same settings and database, and opens a new one
 * (0.1 ms) for any other: so a setting can never reach a request that did not ask for it. Substitutions are
 * set anew for every request, and a request must give all that its statement names, so none is inherited.
 * Sessions are not simply opened for each request because closing one waits for everything that runs.
 */
function createLane(
  pipePath: string,
  tag: string,
  openSession: (...more: string[]) => Session,
  control: Session,
): PooledLane {
  let session: Session | undefined
  let signature: string | undefined
  let running: Promise<unknown> | undefined

  const query = async (sql: string, format: string) => {
    if (session === undefined) throw new Error('a lane was used before it was prepared')
    const query = session.queryAsync(sql, { format })
    running = query
    try {
      return await query
    } catch (error) {
      throw toException(error)
    } finally {
      running = undefined
    }
  }

  const discardSession = () => {
    session?.close()
    session = undefined
    signature = undefined
  }

  return {
    pipePath,
    get signature() {
      return signature
    },
    discardSession,
    async prepare(demand, wanted) {
      const assignments = [...demand.parameters].map(([name, value]): [string, string] => [
        `param_${name}`,
        value,
      ])
      if (signature !== wanted || session === undefined) {
        discardSession()
        session = openSession(`--log_comment=${tag}`)
        if (demand.database !== undefined) await query(`USE ${sqlIdentifier(demand.database)}`, 'Null')
        assignments.push(...demand.settings)
        // A session that was made read-only cannot be given the next request's parameters.
        signature = demand.settings.has('readonly') ? undefined : wanted
      }
      if (assignments.length === 0) return
      await query(
        `SET ${assignments.map(([name, value]) => `${name} = ${sqlString(value)}`).join(', ')}`,
        'Null',
      )
    },
    async run(sql, format) {
      const result = await query(sql, format)
      return { bytes: result.bytes(), rows: result.rowsRead, sizeBytes: result.bytesRead }
    },
    async cancel() {
      // A statement can be cancelled only once the engine has listed it, hence the repetition.
      while (running !== undefined) {
        const ended = running.then(
          () => true,
          () => true,
        )
        await control.queryAsync(`KILL QUERY WHERE Settings['log_comment'] = ${sqlString(tag)} ASYNC`)
        let timer: NodeJS.Timeout | undefined
        const later = new Promise<boolean>((resolve) => {
          timer = setTimeout(() => resolve(false), 100)
        })
        await Promise.race([ended, later])
        clearTimeout(timer)
      }
    },
  }
}
