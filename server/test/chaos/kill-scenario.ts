/**
 * Publishes through workers of which one is killed with -9 for every publication, between the moment when its post
 * leaves the machine and the moment when the answer is committed. Runs in a test and in a benchmark alike.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import type { App } from '../../src/app.ts'
import { recordKeyOf } from '../../src/connectors/bluesky/record-key.ts'
import type { BlueskyNetwork } from '../bluesky-network/network.ts'
import { type Gate, type GateKeeper, type Passage, passOn, startGate } from './gate.ts'
import { type Planned, planPosts } from './planned-posts.ts'
import { createRandom } from './random.ts'
import { findSocketOwner } from './socket-owner.ts'
import { startWorkers, type Workers } from './workers.ts'

export interface KillOptions {
  /** A server of the installation without a worker of its own. */
  readonly app: App
  /** Where the workers find the same installation: DATABASE_URL of the owner, HELIOGRAPH_SECRET, ... */
  readonly environment: Readonly<Record<string, string>>
  readonly network: BlueskyNetwork
  /** At most 100, because so many posts are read back. */
  readonly kills: number
  readonly seed: number
  readonly workers?: number
}

export interface KillResult {
  readonly kills: number
  readonly published: number
  readonly onNetwork: number
  readonly duplicated: number
  readonly lost: number
  /** Kills after which the publication was not `published`. */
  readonly beforeCommit: number
  readonly seconds: number
  readonly byPhase: Readonly<Record<Phase, { kills: number; beforeCommit: number }>>
  readonly workspaceId: string
  readonly did: string
}

/**
 * `held`: killed while the request lies at the gate, which then drops it or carries it on late. `unanswered`:
 * killed when the network has made the post, before its answer. `answering`: killed as the answer arrives.
 */
const phases = ['held', 'unanswered', 'answering'] as const
type Phase = (typeof phases)[number]

interface Kill {
  readonly publicationId: string
  readonly phase: Phase
  readonly statusAfter: string
}

export async function runKillScenario(options: KillOptions): Promise<KillResult> {
  const startedAt = performance.now()
  const { app, network } = options
  const gate = await startGate(network.pdsUrl)
  const kills: Kill[] = []
  let workers: Workers | undefined
  try {
    const planned = await planPosts(app, network, gate.url, options.kills)
    const keeperOptions = { ...options, gate, planned, kills, workers: () => workers }
    gate.keep(createKiller(keeperOptions))
    workers = await startWorkers(options.workers ?? 3, options.environment)
    await publishAll(app, planned)
    const seconds = (performance.now() - startedAt) / 1_000
    // Requests that the gate carries on late must have arrived before anything is counted.
    const faults = await gate.settle()
    if (faults.length) throw new AggregateError(faults, `the gate failed: ${faults[0]}`)
    return { ...(await count(options, planned, kills)), seconds: Math.round(seconds * 10) / 10 }
  } finally {
    await workers?.stop()
    await gate.stop()
  }
}

const putRecord = z.object({ rkey: z.string() })

function createKiller(
  options: Pick<KillOptions, 'app' | 'seed'> & {
    gate: Gate
    planned: Planned
    kills: Kill[]
    workers: () => Workers | undefined
  },
): GateKeeper {
  const { gate, planned, kills } = options
  const random = createRandom(options.seed)
  const idsByKey = new Map(
    planned.posts.map(({ publicationId }) => [recordKeyOf(publicationId), publicationId]),
  )
  const begun = new Set<string>()
  /** Workers that are about to be killed, with the moment at which they have been. */
  const doomed = new Map<number, PromiseWithResolvers<void>>()

  const killAnd = async (pid: number, publicationId: string, phase: Phase) => {
    const killed = options.workers()?.kill(pid)
    doomed.get(pid)?.resolve()
    if (!killed) throw new Error(`worker ${pid} had ended before it was killed`)
    kills.push({ publicationId, phase, statusAfter: await statusOf(options.app, planned, publicationId) })
  }

  return async (passage) => {
    if (passage.nsid !== 'com.atproto.repo.putRecord') return passOn(passage)
    const { rkey } = putRecord.parse(JSON.parse(passage.body.toString()))
    const publicationId = idsByKey.get(rkey)
    if (publicationId === undefined) throw new Error(`${rkey} belongs to no publication`)
    if (begun.has(publicationId)) return passOn(passage)
    const pid = ownerOf(passage, options.workers()?.pids() ?? [], gate.port)
    // Its worker was killed for another publication, or is about to be: this request never left the machine. It must
    // not live to see that, or it would take the network for one that refuses, and leave it alone for minutes.
    if (pid === undefined || doomed.has(pid)) {
      await doomed.get(pid ?? 0)?.promise
      return passage.cut()
    }
    begun.add(publicationId)
    doomed.set(pid, Promise.withResolvers())
    const phase = phases[Math.floor(random() * phases.length)] ?? 'held'
    const [share, late] = [random(), random()]
    if (phase === 'held') {
      await killAnd(pid, publicationId, phase)
      if (share < 0.5) return passage.cut()
      await delay(late * 6_000)
      await passage.forward()
      return
    }
    const answer = await passage.forward()
    if (answer.status !== 200) throw new Error(`the network refused a post: ${answer.body}`)
    // A third of the answers arrives whole, so that the worker may be about to commit.
    if (phase === 'answering') passage.relayStart(answer, Math.min(1, share * 1.5))
    await killAnd(pid, publicationId, phase)
  }
}

const ownerOf = ({ socket }: Passage, pids: readonly number[], gatePort: number) =>
  socket.remotePort === undefined ? undefined : findSocketOwner(pids, socket.remotePort, gatePort)

async function statusOf(app: App, { workspaceId }: Planned, publicationId: string): Promise<string> {
  const { status } = await app.services.doors.withWorkspace(workspaceId, (tx) =>
    tx
      .selectFrom('publications')
      .select('status')
      .where('workspace_id', '=', workspaceId)
      .where('id', '=', publicationId)
      .executeTakeFirstOrThrow(),
  )
  return status
}

async function countPublished(app: App, { workspaceId }: Planned): Promise<number> {
  const rows = await app.services.doors.withWorkspace(workspaceId, (tx) =>
    tx
      .selectFrom('publications')
      .select('id')
      .where('workspace_id', '=', workspaceId)
      .where('status', '=', 'published')
      .execute(),
  )
  return rows.length
}

/**
 * So many are on their way at once: a killed worker takes some others with it, but few so often that the product takes
 * the network for one that does not answer, and waits for minutes.
 */
const mostUnderWay = 6
/** Some four times what it takes on two idle cores. */
const timeLimitMs = 300_000

/** Returns at the time limit too: what is missing then is counted as lost. */
async function publishAll(app: App, planned: Planned): Promise<void> {
  const deadline = performance.now() + timeLimitMs
  const waiting = [...planned.posts]
  while (performance.now() < deadline) {
    const published = await countPublished(app, planned)
    if (published === planned.posts.length) return
    const underWay = planned.posts.length - waiting.length - published
    for (const post of waiting.splice(0, mostUnderWay - underWay)) await post.publish()
    await delay(50)
  }
}

async function count(
  { app, network }: KillOptions,
  planned: Planned,
  kills: readonly Kill[],
): Promise<Omit<KillResult, 'seconds'>> {
  const uris = await network.listPostUris(planned.did)
  const texts = await Promise.all(uris.map(async (uri) => String((await network.getRecord(uri)).value.text)))
  const uncommitted = kills.filter(({ statusAfter }) => statusAfter !== 'published')
  const of = (phase: Phase) => ({
    kills: kills.filter((kill) => kill.phase === phase).length,
    beforeCommit: uncommitted.filter((kill) => kill.phase === phase).length,
  })
  return {
    kills: kills.length,
    published: await countPublished(app, planned),
    onNetwork: uris.length,
    duplicated: texts.length - new Set(texts).size,
    lost: planned.posts.filter(({ text }) => !texts.includes(text)).length,
    beforeCommit: uncommitted.length,
    byPhase: { held: of('held'), unanswered: of('unanswered'), answering: of('answering') },
    workspaceId: planned.workspaceId,
    did: planned.did,
  }
}
