/** One workspace as its owner works in it, over the API. */
import sharp from 'sharp'
import { z } from 'zod'
import type { BlueskyNetwork, NetworkAccount } from '../bluesky-network/network.ts'
import { eventually, idOf, type Person } from './person.ts'

const Publication = z.object({
  status: z.string(),
  held: z.boolean(),
  latest: z.object({ metrics: z.record(z.string(), z.number()) }).nullable(),
})
const Content = z.object({ publications: z.array(Publication) })
const Accounts = z.object({ items: z.array(z.object({ avatarUrl: z.string().nullable() })) })

export interface Desk {
  readonly workspaceId: string
  /** Gives the account's id. */
  connect(network: BlueskyNetwork, account: NetworkAccount, serviceUrl: string): Promise<string>
  /** Gives the draft's id. */
  write(text: string, accountId: string, image?: 'with image'): Promise<string>
  publish(contentId: string, publishAt: string): Promise<void>
  becomes(contentId: string, enough: (publication: z.infer<typeof Publication>) => boolean): Promise<void>
  sync(accountId: string): Promise<void>
  avatarUrls(): Promise<string[]>
  /** Gives the path of the invitation's page. */
  invite(email: string, role?: 'viewer' | 'editor'): Promise<string>
}

export async function openDesk(owner: Person, name: string, timeZone: string): Promise<Desk> {
  const workspaceId = idOf(await owner.call('POST', '/workspaces', { name, timeZone }))
  const at = `/workspaces/${workspaceId}`
  const image = await sharp({ create: { width: 1200, height: 800, channels: 3, background: '#e8883a' } })
    .jpeg()
    .toBuffer()
  const mediaId = idOf(await owner.upload(`${at}/media`, Buffer.from(image), 'image/jpeg'))
  return {
    workspaceId,
    async connect(network, account, serviceUrl) {
      const appPassword = await network.createAppPassword(account, 'heliograph')
      const login = { platform: 'bluesky', handle: account.handle, appPassword, serviceUrl }
      return idOf(await owner.call('POST', `${at}/accounts`, login))
    },
    async write(text, accountId, withImage) {
      const media = withImage ? [{ mediaId, altText: 'An orange evening sky over the sea' }] : []
      return idOf(await owner.call('POST', `${at}/content`, { text, accountIds: [accountId], media }))
    },
    async publish(contentId, publishAt) {
      await owner.call('POST', `${at}/content/${contentId}/publish`, { publishAt })
    },
    async becomes(contentId, enough) {
      await eventually(
        async () => Content.parse(await owner.call('GET', `${at}/content/${contentId}`)),
        ({ publications: [first] }) => first !== undefined && enough(first),
      )
    },
    async sync(accountId) {
      await owner.call('POST', `${at}/accounts/${accountId}/sync`)
    },
    async avatarUrls() {
      const { items } = Accounts.parse(await owner.call('GET', `${at}/accounts`))
      return items.flatMap(({ avatarUrl }) => avatarUrl ?? [])
    },
    async invite(email, role = 'viewer') {
      const answer = await owner.call('POST', `${at}/invitations`, { email, role })
      return new URL(z.object({ link: z.string() }).parse(answer).link).pathname
    },
  }
}
