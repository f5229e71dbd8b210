/**
 * The process that is the Bluesky network: PDS, PLC directory, AppView, PostgreSQL, Redis. `network.ts`
 * launches it, talks to it over the IPC channel, and takes it down by closing the channel.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TestNetwork } from '@atproto/dev-env'
import { startRedis } from '../redis.ts'
import type { EngineProcess } from './engine-process.ts'
import { startPostgres } from './postgres.ts'
import type { FromNetwork, Question } from './protocol.ts'

await removeAbandonedFolders()
const directory = await mkdtemp(join(tmpdir(), `bluesky-network-${process.pid}-`))
const engines: EngineProcess[] = []

function tell(message: FromNetwork): void {
  if (process.connected) process.send?.(message)
}

/** A network that was killed with -9 could not remove its folder; the next one does. */
async function removeAbandonedFolders(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = /^bluesky-network-(\d+)-/.exec(name)?.[1]
    if (pid === undefined || isRunning(Number(pid))) continue
    // Another user's folder stays: it is theirs to remove.
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined)
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Nothing here outlives the test, so nothing is closed in good order. */
async function end(exitCode: number): Promise<never> {
  await Promise.all(engines.map((engine) => engine.stop('SIGKILL')))
  await rm(directory, { recursive: true, force: true })
  process.exit(exitCode)
}

/** The AppView's tables stand in schemas of a fresh name; only letters are allowed in it. */
function freshSchemaName(): string {
  return String.fromCharCode(...crypto.getRandomValues(new Uint8Array(12)).map((byte) => 97 + (byte % 26)))
}

async function startPostgresHere(): Promise<string> {
  const { url, engine } = await startPostgres(join(directory, 'postgres'))
  engines.push(engine)
  return url
}

async function startRedisHere(): Promise<string> {
  const { host, engine } = await startRedis(directory)
  engines.push(engine)
  return host
}

async function start(): Promise<void> {
  const [redisHost, dbPostgresUrl] = await Promise.all([
    startRedisHere(),
    process.env.BLUESKY_NETWORK_POSTGRES_URL || startPostgresHere(),
  ])
  process.env.REDIS_HOST = redisHost
  // The servers put their folders under the temporary directory: they go when this one goes.
  process.env.TMPDIR = directory
  const network = await TestNetwork.create({ dbPostgresUrl, dbPostgresSchema: freshSchemaName() })

  const answer = async (question: Question): Promise<void> => {
    if (question.method === 'processAll') return network.processAll(20_000)
    const accounts = network.pds.ctx.accountManager.db
    await accounts.db.deleteFrom('refresh_token').where('did', '=', question.did).execute()
  }
  process.on('message', (question: Question) => {
    answer(question).then(
      () => tell({ kind: 'answer', id: question.id }),
      (error: unknown) => tell({ kind: 'answer', id: question.id, error: String(error) }),
    )
  })
  tell({ kind: 'ready', pdsUrl: network.pds.url })
}

process.once('disconnect', () => end(0))
start().catch((error: unknown) => {
  tell({ kind: 'failed', error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  return end(1)
})
