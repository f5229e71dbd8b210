/**
 * A workspace as it looks after some weeks, made through the API on a real network: long names, emoji, a draft,
 * planned posts, one with numbers, one that failed, one that waits, and an account that needs somebody.
 */
import { DateTime } from 'luxon'
import sharp from 'sharp'
import { z } from 'zod'
import type { BlueskyNetwork, NetworkAccount } from '../bluesky-network/network.ts'
import { type AgeingNetwork, openAgeingNetwork } from './ageing-network.ts'
import { eventually, idOf, type Person, signUp } from './person.ts'

export const zone = 'Europe/Berlin'

export interface FullWorkspace {
  readonly owner: Person
  readonly viewer: Person
  readonly workspaceId: string
  readonly emptyWorkspaceId: string
  readonly posts: Record<'published' | 'failed' | 'held' | 'planned' | 'draft', string>
  /** 18:30 in the workspace's zone, in some days. */
  readonly plannedFor: DateTime
  readonly invitationPath: string
  /** Pictures of the accounts, on the network's own servers. */
  readonly avatarUrls: readonly string[]
  /** The way over which the account of the published post is reached. */
  readonly lighthouseNetwork: AgeingNetwork
  readonly lighthouse: NetworkAccount
}

const Content = z.object({
  id: z.string(),
  publications: z.array(
    z.object({
      status: z.string(),
      held: z.boolean(),
      latest: z.object({ metrics: z.record(z.string(), z.number()) }).nullable(),
    }),
  ),
})

const Accounts = z.object({ items: z.array(z.object({ avatarUrl: z.string().nullable() })) })

export async function makeFullWorkspace(serverUrl: string, network: BlueskyNetwork): Promise<FullWorkspace> {
  const [owner, viewer, lighthouse, keeper, gull] = await Promise.all([
    signUp(serverUrl, 'Ana María Fernández-Oyelaran de la Torre 🌊', 'ana@example.com'),
    signUp(serverUrl, 'Vera', 'vera@example.com'),
    createAccount(network, 'lighthouse'),
    createAccount(network, 'keeper-of-the-lamp'),
    createAccount(network, 'gull'),
  ])
  await giveProfile(network, lighthouse, 'Lighthouse & Daughters 🌅 Künstler:innen-Management')
  const name = 'Lighthouse & Daughters Künstler:innen-Management GmbH 🎶'
  const workspaceId = idOf(await owner.call('POST', '/workspaces', { name, timeZone: zone }))
  const emptyWorkspaceId = idOf(
    await owner.call('POST', '/workspaces', { name: 'Fresh start', timeZone: zone }),
  )
  const at = `/workspaces/${workspaceId}`

  const [lighthouseNetwork, gullNetwork] = await Promise.all([
    openAgeingNetwork(network.pdsUrl),
    openAgeingNetwork(network.pdsUrl),
  ])
  const connect = async (account: NetworkAccount, serviceUrl: string) => {
    const appPassword = await network.createAppPassword(account, 'heliograph')
    const login = { platform: 'bluesky', handle: account.handle, appPassword, serviceUrl }
    return idOf(await owner.call('POST', `${at}/accounts`, login))
  }
  const lighthouseId = await connect(lighthouse, lighthouseNetwork.url)
  const keeperId = await connect(keeper, network.pdsUrl)
  const gullId = await connect(gull, gullNetwork.url)

  const picture = await sharp({ create: { width: 1200, height: 800, channels: 3, background: '#e8883a' } })
    .jpeg()
    .toBuffer()
  const mediaId = idOf(await owner.upload(`${at}/media`, Buffer.from(picture), 'image/jpeg'))
  const write = async (text: string, accountIds: string[], withPicture = false) => {
    const media = withPicture ? [{ mediaId, altText: 'An orange evening sky over the sea' }] : []
    return idOf(await owner.call('POST', `${at}/content`, { text, accountIds, media }))
  }
  const publish = (id: string, publishAt: string) =>
    owner.call('POST', `${at}/content/${id}/publish`, { publishAt })
  const becomes = (
    id: string,
    enough: (publication: z.infer<typeof Content>['publications'][0]) => boolean,
  ) =>
    eventually(
      async () => Content.parse(await owner.call('GET', `${at}/content/${id}`)),
      ({ publications: [first] }) => first !== undefined && enough(first),
    )

  const published = await write(
    'Tonight: “Fyrljus” 🌅 by Maja Öst, at example.com/fyrljus #newmusic',
    [lighthouseId],
    true,
  )
  await publish(published, 'now')
  await becomes(published, ({ status }) => status === 'published')
  await network.processAll()
  await becomes(published, ({ latest }) => latest !== null)
  const [uri = ''] = await network.listPostUris(lighthouse.did)
  await network.like(keeper, uri)
  await network.like(gull, uri)
  await network.repost(gull, uri)
  await network.reply(keeper, uri, 'What a morning')
  await network.processAll()
  // Twice, so that there is a line to draw.
  for (const likes of [2, 3]) {
    if (likes === 3) await network.like(lighthouse, uri)
    await network.processAll()
    await owner.call('POST', `${at}/accounts/${lighthouseId}/sync`)
    await becomes(published, ({ latest }) => latest?.metrics.likes === likes)
  }

  const failed = await write('The street team’s thank-you 💛', [keeperId])
  await tell(network, keeper, 'com.atproto.server.deactivateAccount', {})
  await publish(failed, 'now')
  const held = await write('A post whose account has lost its password', [gullId])
  await network.revokeSessions(gull.did)
  gullNetwork.expireTokens()
  await publish(held, 'now')

  const plannedFor = DateTime.now()
    .setZone(zone)
    .plus({ days: 2 })
    .set({ hour: 18, minute: 30 })
    .startOf('minute')
  const planned = await write('Three more nights 🎟️ Who is in Berlin?', [lighthouseId])
  await publish(planned, plannedFor.toFormat("yyyy-MM-dd'T'HH:mm"))
  const late = await write(`Behind the scenes: ${'a very long story '.repeat(15)}`, [lighthouseId], true)
  await publish(late, plannedFor.plus({ days: 1 }).toFormat("yyyy-MM-dd'T'HH:mm"))
  const draft = await write(`Draft with one long word: ${'Leuchtturm'.repeat(18)}`, [lighthouseId], true)

  const join = await invite(owner, at, viewer.email)
  await viewer.call('POST', '/invitations/accept', { token: join.split('/').at(-1) ?? '' })
  const invitationPath = await invite(owner, at, 'a.person.with.a.very.long.address@subdomain.example.com')
  await becomes(failed, ({ status }) => status === 'failed')
  await becomes(held, (publication) => publication.held)
  await gullNetwork.close()
  const { items } = Accounts.parse(await owner.call('GET', `${at}/accounts`))
  return {
    owner,
    viewer,
    workspaceId,
    emptyWorkspaceId,
    posts: { published, failed, held, planned, draft },
    plannedFor,
    invitationPath,
    avatarUrls: items.flatMap(({ avatarUrl }) => avatarUrl ?? []),
    lighthouse,
    lighthouseNetwork,
  }
}

const createAccount = (network: BlueskyNetwork, name: string): Promise<NetworkAccount> =>
  network.createAccount({ handle: `${name}.test`, password: 'main password', email: `${name}@example.com` })

async function invite(owner: Person, at: string, email: string): Promise<string> {
  const answer = await owner.call('POST', `${at}/invitations`, { email, role: 'viewer' })
  return new URL(z.object({ link: z.string() }).parse(answer).link).pathname
}

/** The account's name and picture as the network's own app would write them. */
async function giveProfile(network: BlueskyNetwork, account: NetworkAccount, displayName: string) {
  const image = await sharp({ create: { width: 200, height: 200, channels: 3, background: '#20315c' } })
    .jpeg()
    .toBuffer()
  const uploaded = await tell(network, account, 'com.atproto.repo.uploadBlob', Buffer.from(image))
  const { blob } = z.object({ blob: z.unknown() }).parse(uploaded)
  await tell(network, account, 'com.atproto.repo.putRecord', {
    repo: account.did,
    collection: 'app.bsky.actor.profile',
    rkey: 'self',
    record: { $type: 'app.bsky.actor.profile', displayName, avatar: blob },
  })
  await network.processAll()
}

async function tell(
  network: BlueskyNetwork,
  account: NetworkAccount,
  nsid: string,
  body: object,
): Promise<unknown> {
  const binary = Buffer.isBuffer(body)
  const response = await fetch(`${network.pdsUrl}/xrpc/${nsid}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${account.accessJwt}`,
      'content-type': binary ? 'image/jpeg' : 'application/json',
    },
    body: binary ? Buffer.from(body) : JSON.stringify(body),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${nsid} answered ${response.status}: ${text}`)
  return text === '' ? null : JSON.parse(text)
}
