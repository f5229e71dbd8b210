/**
 * A workspace as it looks after some weeks, made through the API on a real network: long names, emoji, a draft,
 * planned posts, one with numbers, two that failed, one that waits, and an account that needs somebody.
 */
import { DateTime } from 'luxon'
import type { BlueskyNetwork, NetworkAccount } from '../bluesky-network/network.ts'
import { type AgeingNetwork, openAgeingNetwork } from './ageing-network.ts'
import { type Desk, openDesk } from './desk.ts'
import { createAccount, deactivate, giveProfile } from './network-account.ts'
import { idOf, type Person, signUp } from './person.ts'

export const zone = 'Europe/Berlin'

export interface FullWorkspace {
  readonly owner: Person
  readonly editor: Person
  readonly viewer: Person
  readonly workspaceId: string
  readonly emptyWorkspaceId: string
  readonly posts: Record<'published' | 'failed' | 'rejected' | 'held' | 'planned' | 'draft', string>
  /** 18:30 in the workspace's zone, in some days. */
  readonly plannedFor: DateTime
  readonly invitationPath: string
  /** Pictures of the accounts, on the network's own servers. */
  readonly avatarUrls: readonly string[]
  /** The account of the published post, and the way over which it is reached. */
  readonly lighthouse: NetworkAccount
  readonly lighthouseNetwork: AgeingNetwork
}

export async function makeFullWorkspace(serverUrl: string, network: BlueskyNetwork): Promise<FullWorkspace> {
  // Whoever signs up first looks after the installation, too.
  const owner = await signUp(serverUrl, 'Ana María Fernández-Oyelaran de la Torre 🌊', 'ana@example.com')
  const [editor, viewer, lighthouse, keeper, gull, tender, lighthouseNetwork] = await Promise.all([
    signUp(serverUrl, 'Bob', 'bob@example.com'),
    signUp(serverUrl, 'Vera', 'vera@example.com'),
    createAccount(network, 'lighthouse'),
    createAccount(network, 'keeper-of-the-lamp'),
    createAccount(network, 'gull'),
    createAccount(network, 'tender'),
    openAgeingNetwork(network.pdsUrl),
  ])
  await giveProfile(network, lighthouse, 'Lighthouse & Daughters 🌅 Künstler:innen-Management')
  const desk = await openDesk(owner, 'Lighthouse & Daughters Künstler:innen-Management GmbH 🎶', zone)
  const lighthouseId = await desk.connect(network, lighthouse, lighthouseNetwork.url)

  const published = await publishWithNumbers(desk, network, {
    lighthouseId,
    lighthouse,
    fans: [keeper, gull],
  })
  const failed = await failToPublish(desk, network, keeper)
  const rejected = await beRejected(desk, network, tender)
  const held = await loseAccess(desk, network, gull)
  const plannedFor = DateTime.now()
    .setZone(zone)
    .plus({ days: 2 })
    .set({ hour: 18, minute: 30 })
    .startOf('minute')
  const planned = await desk.write('Three more nights 🎟️ Who is in Berlin?', lighthouseId)
  await desk.publish(planned, wallClock(plannedFor))
  const long = `Behind the scenes: ${'a very long story '.repeat(15)}`
  const later = await desk.write(long, lighthouseId, 'with image')
  await desk.publish(later, wallClock(plannedFor.plus({ days: 1 })))
  const word = `Draft with one long word: ${'Leuchtturm'.repeat(18)}`
  const draft = await desk.write(word, lighthouseId, 'with image')

  await accept(viewer, await desk.invite(viewer.email))
  await accept(editor, await desk.invite(editor.email, 'editor'))
  return {
    owner,
    editor,
    viewer,
    workspaceId: desk.workspaceId,
    emptyWorkspaceId: idOf(await owner.call('POST', '/workspaces', { name: 'Fresh start', timeZone: zone })),
    posts: { published, failed, rejected, held, planned, draft },
    plannedFor,
    invitationPath: await desk.invite('a.person.with.a.very.long.address@subdomain.example.com'),
    avatarUrls: await desk.avatarUrls(),
    lighthouse,
    lighthouseNetwork,
  }
}

export const wallClock = (time: DateTime): string => time.toFormat("yyyy-MM-dd'T'HH:mm")

async function accept(person: Person, invitationPath: string): Promise<void> {
  await person.call('POST', '/invitations/accept', { token: invitationPath.split('/').at(-1) })
}

interface Success {
  readonly lighthouseId: string
  readonly lighthouse: NetworkAccount
  readonly fans: readonly [NetworkAccount, NetworkAccount]
}

async function publishWithNumbers(desk: Desk, network: BlueskyNetwork, success: Success): Promise<string> {
  const { lighthouseId, lighthouse, fans } = success
  const text = 'Tonight: “Fyrljus” 🌅 by Maja Öst, at example.com/fyrljus #newmusic'
  const published = await desk.write(text, lighthouseId, 'with image')
  await desk.publish(published, 'now')
  await desk.becomes(published, ({ status }) => status === 'published')
  await network.processAll()
  await desk.becomes(published, ({ latest }) => latest !== null)
  const [uri = ''] = await network.listPostUris(lighthouse.did)
  await network.repost(fans[0], uri)
  await network.reply(fans[0], uri, 'What a morning')
  for (const [index, fan] of fans.entries()) {
    await network.like(fan, uri)
    await network.processAll()
    await desk.sync(lighthouseId)
    await desk.becomes(published, ({ latest }) => latest?.metrics.likes === index + 1)
  }
  return published
}

/** The network refuses the account, which no trying again can mend. */
async function failToPublish(desk: Desk, network: BlueskyNetwork, account: NetworkAccount): Promise<string> {
  const id = await desk.connect(network, account, network.pdsUrl)
  const failed = await desk.write('The street team’s thank-you 💛', id)
  await deactivate(network, account)
  await desk.publish(failed, 'now')
  await desk.becomes(failed, ({ status }) => status === 'failed')
  return failed
}

/** The network finds the post itself unacceptable. */
async function beRejected(desk: Desk, network: BlueskyNetwork, account: NetworkAccount): Promise<string> {
  const way = await openAgeingNetwork(network.pdsUrl)
  const id = await desk.connect(network, account, way.url)
  const rejected = await desk.write('Words that the network will not have', id)
  way.refuseRecords()
  await desk.publish(rejected, 'now')
  await desk.becomes(rejected, ({ status }) => status === 'failed')
  await way.close()
  return rejected
}

/** The account's app password is gone: it needs somebody, and its post waits. */
async function loseAccess(desk: Desk, network: BlueskyNetwork, account: NetworkAccount): Promise<string> {
  const way = await openAgeingNetwork(network.pdsUrl)
  const id = await desk.connect(network, account, way.url)
  const held = await desk.write('A post whose account has lost its password', id)
  await network.revokeSessions(account.did)
  way.expireTokens()
  await desk.publish(held, 'now')
  await desk.becomes(held, (publication) => publication.held)
  await way.close()
  return held
}
