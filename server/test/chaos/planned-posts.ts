import { z } from 'zod'
import type { App } from '../../src/app.ts'
import { type BlueskyNetwork, freshHandle } from '../bluesky-network/network.ts'

export interface Planned {
  readonly workspaceId: string
  /** Of the account to which all of them go. */
  readonly did: string
  readonly posts: readonly PlannedPost[]
}

export interface PlannedPost {
  readonly publicationId: string
  readonly text: string
  /** Lets it go out from now on. */
  publish(): Promise<void>
}

const Signed = z.object({ id: z.uuid() })
const Written = z.object({ id: z.uuid(), publications: z.array(z.object({ id: z.uuid() })).length(1) })

/** A person with a workspace and an account behind `serviceUrl`, and drafts of theirs. */
export async function planPosts(
  app: App,
  network: BlueskyNetwork,
  serviceUrl: string,
  count: number,
): Promise<Planned> {
  const call = await signUp(app)
  const { id: workspaceId } = Signed.parse(
    await call('/api/v1/workspaces', { name: 'Chaos', timeZone: 'Europe/Berlin' }),
  )
  const path = `/api/v1/workspaces/${workspaceId}`
  const handle = freshHandle('chaos')
  const account = await network.createAccount({
    handle,
    password: 'long enough',
    email: `${handle}@example.com`,
  })
  const appPassword = await network.createAppPassword(account, 'heliograph')
  const { id: accountId } = Signed.parse(
    await call(`${path}/accounts`, {
      platform: 'bluesky',
      handle: account.handle,
      appPassword,
      serviceUrl: network.pdsUrl,
    }),
  )
  await app.services.doors.withWorkspace(workspaceId, (tx) =>
    tx
      .updateTable('social_accounts')
      .set({ service_url: serviceUrl })
      .where('workspace_id', '=', workspaceId)
      .execute(),
  )
  const posts: PlannedPost[] = []
  for (let i = 1; i <= count; i++) {
    const text = `Post ${i} of ${count}, sent exactly once`
    const content = Written.parse(await call(`${path}/content`, { text, accountIds: [accountId] }))
    posts.push({
      publicationId: content.publications[0]?.id ?? '',
      text,
      publish: async () => {
        await call(`${path}/content/${content.id}/publish`, { publishAt: 'now' })
      },
    })
  }
  return { workspaceId, did: account.did, posts }
}

/** Returns what sends a person's requests. */
async function signUp({ http }: App): Promise<(url: string, body: object) => Promise<unknown>> {
  const email = `chaos-${Date.now()}@example.com`
  const post = async (url: string, payload: object, cookie = '') => {
    const answer = await http.inject({ method: 'POST', url, payload, headers: cookie ? { cookie } : {} })
    if (answer.statusCode >= 300) throw new Error(`${url} answered ${answer.statusCode}: ${answer.body}`)
    return answer
  }
  const signedUp = await post('/api/v1/auth/sign-up', {
    name: 'Chaos',
    email,
    password: 'correct horse battery',
  })
  const cookie = signedUp.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
  return async (url, body) => (await post(url, body, cookie)).json()
}
