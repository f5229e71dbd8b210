/** Reads the command and starts the roles that it names. */
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createApp } from './app.ts'
import { type Config, ConfigError, publicUrl, readConfig } from './config.ts'
import { type Engines, findEngines, startEngines } from './engines.ts'
import { createLog, type Log } from './infra/log.ts'
import { MigrationError } from './infra/migrations.ts'
import { defaultDataDirectory } from './infra/process/data-directory.ts'
import { StartRefused } from './infra/process/start-refused.ts'
import { migrateAnalytics, migrateDatabase } from './migrate.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))

/** What each command runs. */
const commands = {
  start: { engines: 'own', api: true, worker: true },
  engines: { engines: 'own', api: false, worker: false },
  api: { engines: 'other', api: true, worker: false },
  worker: { engines: 'other', api: false, worker: true },
  migrate: { engines: 'other', api: false, worker: false },
} as const
type Command = keyof typeof commands

const usage = `usage: heliograph ${Object.keys(commands).join(' | ')}`
const isCommand = (word: string): word is Command => word in commands

async function main(word = 'start'): Promise<void> {
  if (!isCommand(word)) throw new StartRefused(`There is no command "${word}".\n${usage}`)
  const config = readConfig(process.env)
  const log = createLog(config.LOG_LEVEL)
  const dataDirectory = config.HELIOGRAPH_DATA ?? defaultDataDirectory(repository)
  const roles = commands[word]
  const engines =
    roles.engines === 'own'
      ? await startEngines(config, dataDirectory, log)
      : await findEngines(config, dataDirectory)
  const stopping = new AbortController()
  const stops: (() => Promise<void>)[] = [engines.stop]
  stopOnSignals(log, stopping, stops)
  try {
    await migrateDatabase(engines, log)
    const analytics = migrateAnalytics(engines, log, stopping.signal)
    // Publishing works with analytics that do not fit, too; only the command `migrate` fails with them.
    const settled = analytics.catch((error: unknown) => log.error({ err: error }, 'analytics stay unused'))
    stops.unshift(() => Promise.race([settled, delay(longestAnalyticsWaitMs, undefined, { ref: false })]))
    if (roles.api || roles.worker) stops.unshift(await serve(config, engines, { dataDirectory, log, roles }))
    else if (word === 'migrate') await analytics
    else log.info({ dataDirectory }, 'engines are running')
  } catch (error) {
    // Faults of a start that is being stopped are the stop's own doing; it ends this process when it is done.
    if (stopping.signal.aborted) return
    stopping.abort()
    for (const stop of stops) await stop()
    throw error
  }
}

async function serve(
  config: Config,
  engines: Engines,
  {
    dataDirectory,
    log,
    roles,
  }: { dataDirectory: string; log: Log; roles: { api: boolean; worker: boolean } },
): Promise<() => Promise<void>> {
  const app = await createApp({ config, engines, dataDirectory, log })
  try {
    if (roles.api) await app.http.listen({ host: config.HOST, port: config.PORT })
    if (roles.worker) await app.startWorker()
  } catch (error) {
    await app.stop()
    throw isAddressInUse(error)
      ? new StartRefused(
          `Port ${config.PORT} is in use: stop what listens there, or set PORT to another one.`,
        )
      : error
  }
  const { rss } = process.memoryUsage()
  log.info(
    { url: roles.api ? publicUrl(config) : undefined, dataDirectory, rss, ...roles },
    'heliograph is ready',
  )
  if (roles.api && process.stdout.isTTY) {
    console.log(`\nHeliograph serves ${publicUrl(config)} (data in ${dataDirectory}; Ctrl-C stops it)\n`)
  }
  return app.stop
}

const isAddressInUse = (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'

/** An engine that does not answer would keep its migration, which can be cut off at any point, waiting. */
const longestAnalyticsWaitMs = 500
/** After this long a stop is no longer waited for; the engines end with this process in any case. */
const longestStopMs = 4_500

function stopOnSignals(log: Log, stopping: AbortController, stops: readonly (() => Promise<void>)[]): void {
  const stop = async (signal: NodeJS.Signals) => {
    if (stopping.signal.aborted) return
    stopping.abort()
    log.info({ signal }, 'stopping')
    setTimeout(() => process.exit(1), longestStopMs).unref()
    for (const part of stops) await part()
    log.info('stopped')
    process.exit(0)
  }
  process.on('SIGTERM', (signal) => void stop(signal))
  process.on('SIGINT', (signal) => void stop(signal))
}

try {
  await main(process.argv[2])
} catch (error) {
  const plain =
    error instanceof StartRefused || error instanceof ConfigError || error instanceof MigrationError
  console.error(plain ? error.message : error)
  process.exit(1)
}
