/** A world whose cast has a real Bluesky account connected, with a gate between the product and the network. */
import { setTimeout as delay } from 'node:timers/promises'
import { type BlueskyNetwork, freshHandle, type NetworkAccount } from './bluesky-network/network.ts'
import { joinBlueskyNetwork } from './bluesky-network/shared-network.ts'
import { type Answer, type Cast, castOf } from './cast.ts'
import { type Gate, startGate } from './chaos/gate.ts'
import { createWorld, type World } from './world.ts'

export interface ConnectedWorld {
  readonly world: World
  readonly network: BlueskyNetwork
  readonly gate: Gate
  readonly cast: Cast
  /** Path of the cast's workspace. */
  readonly path: string
  /** Makes an account on the network, with a handle that begins with `name`. */
  join(name: string): Promise<NetworkAccount>
  /** Alice connects an account, so that all its requests go through the gate. */
  connect(account: NetworkAccount): Promise<string>
  /** Bob writes a draft. */
  draft(text: string, accountIds: readonly string[], media?: readonly object[]): Promise<Written>
  /** Bob writes a post and has it sent at a time. */
  publish(text: string, accountIds: readonly string[], publishAt?: string): Promise<Written>
  /** The publication of a content as Vera sees it. */
  seen(contentId: string): Promise<Answer['body']>
  attempts(publicationId: string): Promise<Answer['body'][]>
  stop(): Promise<void>
}

export interface Written {
  readonly contentId: string
  readonly publicationId: string
}

export async function createConnectedWorld(env: Record<string, string> = {}): Promise<ConnectedWorld> {
  const [world, network] = await Promise.all([createWorld(env), joinBlueskyNetwork()])
  const [cast, gate] = await Promise.all([castOf(world), startGate(network.pdsUrl)])
  const path = `/api/v1/workspaces/${cast.workspaceId}`
  const { alice, bob, vera } = cast

  const draft: ConnectedWorld['draft'] = async (text, accountIds, media = []) => {
    const { body } = expectStatus(
      201,
      await bob.request('POST', `${path}/content`, { text, accountIds, media }),
    )
    return { contentId: body.id, publicationId: body.publications[0]?.id }
  }
  return {
    world,
    network,
    gate,
    cast,
    path,
    join(name) {
      const handle = freshHandle(name)
      return network.createAccount({ handle, password: 'long enough', email: `${handle}@example.com` })
    },
    async connect(account) {
      const appPassword = await network.createAppPassword(account, `for-${Date.now()}`)
      const input = { platform: 'bluesky', handle: account.handle, appPassword, serviceUrl: network.pdsUrl }
      const { body } = await alice.request('POST', `${path}/accounts`, input)
      await world.query('update social_accounts set service_url = $1 where id = $2', [gate.url, body.id])
      return body.id
    },
    draft,
    async publish(text, accountIds, publishAt = 'now') {
      const written = await draft(text, accountIds)
      expectStatus(
        202,
        await bob.request('POST', `${path}/content/${written.contentId}/publish`, { publishAt }),
      )
      return written
    },
    async seen(contentId) {
      const { body } = expectStatus(200, await vera.request('GET', `${path}/content/${contentId}`))
      return body.publications[0]
    },
    async attempts(publicationId) {
      const { body } = await vera.request('GET', `${path}/publications/${publicationId}/attempts`)
      return body.items
    },
    async stop() {
      await world.stop()
      await gate.stop()
    },
  }
}

export function expectStatus(status: number, answer: Answer): Answer {
  if (answer.status !== status) {
    throw new Error(`${answer.status} instead of ${status}: ${JSON.stringify(answer.body)}`)
  }
  return answer
}

/** Asks until `holds` says yes, and gives what it was asked about; fails with the last answer after the deadline. */
export async function eventually<T>(
  ask: () => Promise<T>,
  holds: (answer: T) => boolean,
  withinMs = 15_000,
): Promise<T> {
  const deadline = performance.now() + withinMs
  while (true) {
    const answer = await ask()
    if (holds(answer)) return answer
    if (performance.now() > deadline) {
      throw new Error(`not within ${withinMs} ms; the last answer was ${JSON.stringify(answer)}`)
    }
    await delay(30)
  }
}
