/** What the owner of an account does on the network itself, without the product. */
import sharp from 'sharp'
import { z } from 'zod'
import type { BlueskyNetwork, NetworkAccount } from '../bluesky-network/network.ts'

export const createAccount = (network: BlueskyNetwork, name: string): Promise<NetworkAccount> =>
  network.createAccount({ handle: `${name}.test`, password: 'main password', email: `${name}@example.com` })

export async function giveProfile(
  network: BlueskyNetwork,
  account: NetworkAccount,
  displayName: string,
): Promise<void> {
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

export async function deactivate(network: BlueskyNetwork, account: NetworkAccount): Promise<void> {
  await tell(network, account, 'com.atproto.server.deactivateAccount', {})
}

async function tell(
  network: BlueskyNetwork,
  account: NetworkAccount,
  nsid: string,
  body: Buffer<ArrayBuffer> | object,
): Promise<unknown> {
  const binary = body instanceof Uint8Array
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
