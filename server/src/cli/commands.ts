/** Every command by its name. */
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { StartRefused } from '../infra/process/start-refused.ts'
import { createFolderStorage } from '../infra/storage/storage.ts'
import { runArchiveCommand } from './archive/archive.ts'
import { archiveUsage, parseArchiveArguments } from './archive/arguments.ts'
import type { Command, CommandContext, ReadCommand } from './command.ts'
import { addDemo, readDemoOption } from './demo.ts'
import { generateUsage, parseGenerateArguments, type RemoveInput, readRemoval } from './generate/arguments.ts'
import type { GenerateTarget } from './generate/open-engines.ts'
import { runGenerate } from './generate/run-generate.ts'
import { runRemove } from './generate/run-remove.ts'
import { runOperatorCommand } from './operator.ts'
import { serve } from './serve.ts'
import { endAsStopped } from './stopped.ts'

const plain =
  (name: string, command: Command): ReadCommand =>
  (args) => {
    if (args.length) throw new StartRefused(`"${name}" takes no options, and got "${args.join(' ')}".`)
    return command
  }

export const commands: ReadonlyMap<string, ReadCommand> = new Map([
  ['start', start],
  [
    'engines',
    plain('engines', {
      engines: 'own',
      async run({ log, dataDirectory }) {
        log.info({ dataDirectory }, 'engines are running')
        return 'stays'
      },
    }),
  ],
  ['api', plain('api', { engines: 'other', run: (context) => serve(context, { api: true, worker: false }) })],
  [
    'worker',
    plain('worker', { engines: 'other', run: (context) => serve(context, { api: false, worker: true }) }),
  ],
  [
    'migrate',
    plain('migrate', {
      engines: 'other',
      tellsMigrations: true,
      async run({ analytics }) {
        await analytics
        return 'done'
      },
    }),
  ],
  ['generate', generate],
  ['operator', operator],
  ['archive', archive],
])

function start(args: readonly string[]): Command | undefined {
  // `npm start -- generate` is what somebody types who came by `npm start -- --demo`.
  if (args[0] === 'generate') return generate(args.slice(1))
  if (args[0] === '--help') {
    console.log('usage: npm start [-- --demo]')
    return undefined
  }
  const withDemo = readDemoOption(args)
  return {
    engines: 'own',
    async run(context) {
      if (withDemo) await addDemo(context)
      return serve(context, { api: true, worker: true })
    },
  }
}

function generate(args: readonly string[]): Command | undefined {
  const removal = readRemoval(args)
  if (removal) return remove(removal)
  const input = parseGenerateArguments(args, new Date())
  if (!input) {
    console.log(generateUsage)
    return undefined
  }
  return {
    engines: 'any',
    async run(context) {
      await context.analytics
      await endBeforeEngines(context, runGenerate(generateTarget(context), input, context.stopping))
      return 'done'
    },
  }
}

/** A ClickHouse that cannot be reached is told of, and not waited for any longer. */
const longestAnalyticsWaitMs = 20_000

function remove({ isConfirmed }: RemoveInput): Command {
  return {
    engines: 'any',
    async run(context) {
      const { analytics, stopping: signal } = context
      if (isConfirmed) {
        await Promise.race([analytics, delay(longestAnalyticsWaitMs, undefined, { signal, ref: false })])
      }
      await endBeforeEngines(
        context,
        endAsStopped(signal, () => runRemove(generateTarget(context), { isConfirmed, signal })),
      )
      return 'done'
    },
  }
}

const generateTarget = ({ config, login, engines, dataDirectory }: CommandContext): GenerateTarget => ({
  login,
  clickhouseUrl: engines.clickhouseUrl,
  clickhouseCluster: config.CLICKHOUSE_CLUSTER,
  storage: createFolderStorage(join(dataDirectory, 'media')),
})

/** The engines must not end under a workspace that is being taken back. */
async function endBeforeEngines({ onStop }: CommandContext, work: Promise<void>): Promise<void> {
  onStop(() => work.catch(() => undefined))
  await work
}

function operator(args: readonly string[]): Command {
  return {
    engines: 'any',
    async run({ login }) {
      await runOperatorCommand(args, login, console.log)
      return 'done'
    },
  }
}

function archive(args: readonly string[]): Command | undefined {
  const request = parseArchiveArguments(args)
  if (!request) {
    console.log(archiveUsage)
    return undefined
  }
  return {
    engines: 'any',
    logsTo: 'stderr',
    async run(context) {
      const work = runArchiveCommand(request, context)
      // The engines must not end under a transaction that is being taken back.
      context.onStop(() => work.catch(() => undefined))
      await work
      return 'done'
    },
  }
}
