/**
 * A whole Bluesky network on loopback for tests: a PDS, the PLC directory and an AppView with true counts,
 * run by `@atproto/dev-env` in a process of its own. Nobody here wrote it, which is its worth. Other users
 * of the network act through the functions below, over HTTP, without the connector under test.
 */
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { type NetworkProcess, startNetworkProcess } from './network-process.ts'

export interface BlueskyNetworkOptions {
  /** A PostgreSQL for the AppView, over TCP or a socket; a throw-away one is started where it is absent. */
  readonly postgresUrl?: string
}

export interface NetworkAccount {
  readonly did: string
  readonly handle: string
  readonly password: string
  readonly accessJwt: string
  readonly refreshJwt: string
}

const recordRef = z.object({ uri: z.string(), cid: z.string() })
export type RecordRef = z.infer<typeof recordRef>

const storedRecord = recordRef.extend({ value: z.record(z.string(), z.unknown()) })
export type StoredRecord = z.infer<typeof storedRecord>

export interface BlueskyNetwork {
  readonly pid: number | undefined
  readonly pdsUrl: string
  /** The handle has to end with `.test`. */
  createAccount(input: { handle: string; password: string; email: string }): Promise<NetworkAccount>
  createAppPassword(account: NetworkAccount, name: string): Promise<string>
  post(account: NetworkAccount, text: string): Promise<RecordRef>
  like(account: NetworkAccount, uri: string): Promise<RecordRef>
  repost(account: NetworkAccount, uri: string): Promise<RecordRef>
  reply(account: NetworkAccount, uri: string, text: string): Promise<RecordRef>
  quote(account: NetworkAccount, uri: string, text: string): Promise<RecordRef>
  /** Read from the PDS, as any other client reads it. */
  getRecord(uri: string): Promise<StoredRecord>
  deleteRecord(account: NetworkAccount, uri: string): Promise<void>
  /** At most the newest 100. */
  listPostUris(did: string): Promise<string[]>
  revokeSessions(did: string): Promise<void>
  /** After it, the AppView's counts are exact. */
  processAll(): Promise<void>
}

export interface OwnBlueskyNetwork extends BlueskyNetwork {
  stop(): Promise<void>
}

/** A handle that no other test has. The network takes 18 characters before the dot, which leaves 11 for `name`. */
export const freshHandle = (name: string): string => `${name}-${randomBytes(3).toString('hex')}.test`

const session = z.object({
  did: z.string(),
  handle: z.string(),
  accessJwt: z.string(),
  refreshJwt: z.string(),
})

export async function startBlueskyNetwork(options: BlueskyNetworkOptions = {}): Promise<OwnBlueskyNetwork> {
  const network = await startNetworkProcess(options.postgresUrl)
  return { ...networkOf(network), stop: () => network.stop() }
}

/** What other users of the network whose process this is can do. */
export function networkOf(network: Pick<NetworkProcess, 'pid' | 'pdsUrl' | 'ask'>): BlueskyNetwork {
  const { pdsUrl } = network

  const call = async (nsid: string, init: RequestInit, search = ''): Promise<unknown> => {
    const response = await fetch(`${pdsUrl}/xrpc/${nsid}${search}`, init)
    const text = await response.text()
    if (!response.ok) throw new Error(`${nsid} answered ${response.status}: ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }
  const ask = (nsid: string, params: Record<string, string>) =>
    call(nsid, {}, `?${new URLSearchParams(params).toString()}`)
  const tell = (nsid: string, body: unknown, token?: string) =>
    call(nsid, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify(body),
    })
  const create = async (account: NetworkAccount, collection: string, fields: object) => {
    const record = { $type: collection, createdAt: new Date().toISOString(), ...fields }
    const body = { repo: account.did, collection, record }
    return recordRef.parse(await tell('com.atproto.repo.createRecord', body, account.accessJwt))
  }
  const getRecord = async (uri: string) => {
    const { repo, collection, rkey } = partsOf(uri)
    return storedRecord.parse(await ask('com.atproto.repo.getRecord', { repo, collection, rkey }))
  }
  const refTo = async (uri: string) => recordRef.parse(await getRecord(uri))

  return {
    pid: network.pid,
    pdsUrl,
    async createAccount(input) {
      const created = session.parse(await tell('com.atproto.server.createAccount', input))
      return { ...created, password: input.password }
    },
    async createAppPassword(account, name) {
      const made = await tell('com.atproto.server.createAppPassword', { name }, account.accessJwt)
      return z.object({ password: z.string() }).parse(made).password
    },
    post: (account, text) => create(account, 'app.bsky.feed.post', { text }),
    like: async (account, uri) => create(account, 'app.bsky.feed.like', { subject: await refTo(uri) }),
    repost: async (account, uri) => create(account, 'app.bsky.feed.repost', { subject: await refTo(uri) }),
    async reply(account, uri, text) {
      const parent = await refTo(uri)
      return create(account, 'app.bsky.feed.post', { text, reply: { root: parent, parent } })
    },
    async quote(account, uri, text) {
      const embed = { $type: 'app.bsky.embed.record', record: await refTo(uri) }
      return create(account, 'app.bsky.feed.post', { text, embed })
    },
    getRecord,
    async deleteRecord(account, uri) {
      const { repo, collection, rkey } = partsOf(uri)
      await tell('com.atproto.repo.deleteRecord', { repo, collection, rkey }, account.accessJwt)
    },
    async listPostUris(did) {
      const params = { repo: did, collection: 'app.bsky.feed.post', limit: '100' }
      const listed = await ask('com.atproto.repo.listRecords', params)
      return z
        .object({ records: z.array(recordRef) })
        .parse(listed)
        .records.map((record) => record.uri)
    },
    revokeSessions: (did) => network.ask({ method: 'revokeSessions', did }),
    processAll: () => network.ask({ method: 'processAll' }),
  }
}

function partsOf(uri: string): { repo: string; collection: string; rkey: string } {
  const [, , repo = '', collection = '', rkey = ''] = uri.split('/')
  return { repo, collection, rkey }
}
