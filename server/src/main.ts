/** Reads the command, opens the engines that it needs, brings them up to this code, and runs it. */
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Command } from './cli/command.ts'
import { commands } from './cli/commands.ts'
import { migratedText } from './cli/migrated.ts'
import { type Config, ConfigError, readConfig } from './config.ts'
import { appLogin, type Engines, findEngines, startEngines } from './engines.ts'
import { createLog, type Log } from './infra/log.ts'
import { MigrationError } from './infra/migrations.ts'
import { defaultDataDirectory } from './infra/process/data-directory.ts'
import { findRunningInstance } from './infra/process/instance-lock.ts'
import { StartRefused } from './infra/process/start-refused.ts'
import { migrateAnalytics, migrateDatabase } from './migrate.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const usage = `usage: npm run heliograph -- ${[...commands.keys()].join(' | ')}`
const helpWords = ['--help', '-h', 'help']

async function main([word = 'start', ...args]: readonly string[]): Promise<void> {
  if (helpWords.includes(word)) return console.log(usage)
  const readCommand = commands.get(word)
  if (!readCommand) throw new StartRefused(`There is no command "${word}".\n${usage}`)
  const command = readCommand(args)
  if (!command) return
  const config = readConfig(process.env)
  const log = createLog(config.LOG_LEVEL, command.logsTo)
  const dataDirectory = config.HELIOGRAPH_DATA ?? defaultDataDirectory(repository)
  const engines = await openEngines(command.engines, config, dataDirectory, log)
  const stopping = new AbortController()
  // Of what nobody waits for any more once the command is done.
  const ending = new AbortController()
  const stops: (() => Promise<void>)[] = [engines.stop]
  stopOnSignals(log, stopping, stops)
  try {
    const database = await migrateDatabase(engines, log)
    const migration = migrateAnalytics(engines, log, AbortSignal.any([stopping.signal, ending.signal]))
    const analytics = migration.then(() => undefined)
    // Publishing works with analytics that do not fit, too; only a command that needs them fails with them.
    const settled = analytics.catch((error: unknown) => log.error({ err: error }, 'analytics stay unused'))
    stops.unshift(() => Promise.race([settled, delay(longestAnalyticsWaitMs, undefined, { ref: false })]))
    const outcome = await command.run({
      config,
      log,
      dataDirectory,
      engines,
      login: appLogin(engines),
      analytics,
      stopping: stopping.signal,
      onStop: (part) => void stops.unshift(part),
    })
    // A stop that is under way ends this process itself.
    if (outcome === 'stays' || stopping.signal.aborted) return
    if (command.tellsMigrations) {
      console.log(migratedText({ database, analytics: await migration }, dataDirectory))
    }
    ending.abort()
    for (const stop of stops) await stop()
  } catch (error) {
    // Faults of a start that is being stopped are the stop's own doing; it ends this process when it is done.
    if (stopping.signal.aborted) return
    stopping.abort()
    for (const stop of stops) await stop()
    throw error
  }
}

async function openEngines(
  which: Command['engines'],
  config: Config,
  dataDirectory: string,
  log: Log,
): Promise<Engines> {
  const isThere =
    config.DATABASE_URL !== undefined || (await findRunningInstance(dataDirectory)) !== undefined
  const ours = which === 'own' || (which === 'any' && !isThere)
  return ours ? startEngines(config, dataDirectory, log) : findEngines(config, dataDirectory)
}

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
  await main(process.argv.slice(2))
} catch (error) {
  const plain =
    error instanceof StartRefused || error instanceof ConfigError || error instanceof MigrationError
  console.error(plain ? error.message : error)
  process.exit(1)
}
