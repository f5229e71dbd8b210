import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { type OwnBlueskyNetwork, startBlueskyNetwork } from './network.ts'

const run = promisify(execFile)
let network: OwnBlueskyNetwork

beforeAll(async () => {
  network = await startBlueskyNetwork()
}, 60_000)
afterAll(() => network?.stop())

async function createCast() {
  const suffix = Math.random().toString(36).slice(2, 8)
  const account = (name: string) =>
    network.createAccount({
      handle: `${name}-${suffix}.test`,
      password: 'long enough',
      email: `${name}-${suffix}@example.com`,
    })
  return { alice: await account('alice'), bob: await account('bob'), carla: await account('carla') }
}

async function countsOf(uri: string, token: string) {
  const response = await fetch(
    `${network.pdsUrl}/xrpc/app.bsky.feed.getPosts?uris=${encodeURIComponent(uri)}`,
    {
      headers: { authorization: `Bearer ${token}` },
    },
  )
  const counts = z.object({
    likeCount: z.number(),
    repostCount: z.number(),
    replyCount: z.number(),
    quoteCount: z.number(),
  })
  return z.object({ posts: z.array(counts) }).parse(await response.json()).posts
}

test('what several users do to a post is counted exactly once everything is processed', async () => {
  const { alice, bob, carla } = await createCast()
  const post = await network.post(alice, 'Hello, network')
  await network.like(bob, post.uri)
  await network.like(carla, post.uri)
  await network.repost(bob, post.uri)
  await network.reply(carla, post.uri, 'Hello, Alice')
  await network.quote(bob, post.uri, 'Look')
  await network.processAll()
  expect(await countsOf(post.uri, alice.accessJwt)).toEqual([
    { likeCount: 2, repostCount: 1, replyCount: 1, quoteCount: 1 },
  ])
})

test('a record is read back as it was written, and is listed until it is deleted', async () => {
  const { alice } = await createCast()
  const post = await network.post(alice, 'Short-lived')
  expect((await network.getRecord(post.uri)).value.text).toBe('Short-lived')
  expect(await network.listPostUris(alice.did)).toEqual([post.uri])
  await network.deleteRecord(alice, post.uri)
  expect(await network.listPostUris(alice.did)).toEqual([])
})

test('an app password signs in, and its session ends when sessions are revoked', async () => {
  const { alice } = await createCast()
  const password = await network.createAppPassword(alice, 'for a test')
  const sign = await fetch(`${network.pdsUrl}/xrpc/com.atproto.server.createSession`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ identifier: alice.handle, password }),
  })
  const { refreshJwt } = z.object({ refreshJwt: z.string() }).parse(await sign.json())
  await network.revokeSessions(alice.did)
  const refreshed = await fetch(`${network.pdsUrl}/xrpc/com.atproto.server.refreshSession`, {
    method: 'POST',
    headers: { authorization: `Bearer ${refreshJwt}` },
  })
  expect(refreshed.status).toBe(400)
})

test.runIf(process.platform === 'linux')('no socket of the network listens beyond loopback', async () => {
  const { stdout } = await run('ps', [
    '-o',
    'pid=',
    '--pid',
    String(network.pid),
    '--ppid',
    String(network.pid),
  ])
  const pids = stdout.trim().split(/\s+/)
  expect(pids.length).toBeGreaterThanOrEqual(3)
  const inodes = new Set<string>()
  for (const pid of pids) {
    const links = await run('ls', ['-l', `/proc/${pid}/fd`])
    for (const [, inode] of links.stdout.matchAll(/socket:\[(\d+)\]/g)) if (inode) inodes.add(inode)
  }
  const listening: string[] = []
  for (const table of ['tcp', 'tcp6']) {
    for (const line of (await readFile(`/proc/net/${table}`, 'utf8')).split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
      if (state === '0A' && inodes.has(inode)) listening.push(local.split(':')[0] ?? '')
    }
  }
  expect(listening.length).toBeGreaterThanOrEqual(5)
  expect(new Set(listening)).toEqual(new Set(['0100007F']))
})
