import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { publicUrl } from '../config.ts'
import { createPool } from '../infra/postgres/pool.ts'
import { StartRefused } from '../infra/process/start-refused.ts'
import { createFolderStorage } from '../infra/storage/storage.ts'
import { hashPassword } from '../modules/tenancy/index.ts'
import type { CommandContext } from './command.ts'
import { generatePlanned } from './generate/generate.ts'
import { planWorkspace } from './generate/plan.ts'
import { createProgressLine } from './progress.ts'

export function readDemoOption(args: readonly string[]): boolean {
  const unknown = args.find((word) => word !== '--demo')
  if (unknown === undefined) return args.length > 0
  throw new StartRefused(`"start" knows no "${unknown}": it takes --demo or nothing.`)
}

const demoEmail = 'demo@heliograph.example'
/** No --seed of the command line reaches it. */
const demoSeed = -1
const demoDays = 90
const demoPosts = 420
const longestAnalyticsWaitMs = 20_000

/**
 * A workspace full of generated life and somebody who can sign in to it. Made at the first start that asks for it,
 * found at the next ones. Not in production: whoever reads the log there would read a password.
 */
export async function addDemo(context: CommandContext): Promise<void> {
  const { config, engines, login, log, stopping, dataDirectory } = context
  if (config.NODE_ENV === 'production') {
    throw new StartRefused(
      'The demo prints the password of a person who can sign in, so NODE_ENV=production has none: start without --demo, ' +
        'or fill a workspace with "npm run heliograph -- generate".',
    )
  }
  await Promise.race([context.analytics, delay(longestAnalyticsWaitMs, undefined, { ref: false })])
  const line = createProgressLine(process.stdout)
  const target = {
    login,
    clickhouseUrl: engines.clickhouseUrl,
    clickhouseCluster: config.CLICKHOUSE_CLUSTER,
    storage: createFolderStorage(join(dataDirectory, 'media')),
  }
  try {
    await generatePlanned(target, [planDemo], { onProgress: line.show, signal: stopping })
  } finally {
    line.end()
  }
  // From the installation's secret: the same at every start, another on every installation, and nowhere kept.
  const password = engines.keyring
    .derive('demo/password')
    .replace(/[^A-Za-z0-9]/g, '')
    .slice(0, 14)
  const pool = createPool(login, { name: 'demo', role: 'identity_service', max: 1, log })
  try {
    await pool.query(
      `update user_credentials set password_hash = $2
       where provider = 'credential' and user_id = (select id from users where email = $1 and generated_at is not null)`,
      [demoEmail, await hashPassword(password)],
    )
  } finally {
    await pool.end()
  }
  console.log(
    `\nDemo: sign in at ${publicUrl(config)} as ${demoEmail} with the password ${password}\n` +
      'Everything in its workspace is generated; nothing of it leaves this machine.\n',
  )
}

const planDemo = () =>
  planWorkspace({
    seed: demoSeed,
    index: 0,
    posts: demoPosts,
    days: demoDays,
    untilMs: Math.floor(Date.now() / 60_000) * 60_000,
    tradeIndex: 0,
    zone: 'Europe/Berlin',
    platforms: ['bluesky', 'instagram', 'youtube'],
    ownerEmail: demoEmail,
  })
