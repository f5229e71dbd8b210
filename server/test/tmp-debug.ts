import { chmod, mkdtemp } from 'node:fs/promises'
import { startBlueskyNetwork } from './bluesky-network/network.ts'
import { startServer } from './running-server.ts'
import { makeFullWorkspace } from './end-to-end/full-workspace.ts'
const dir = await mkdtemp('/tmp/hdbg-'); await chmod(dir, 0o711)
const [network, server] = await Promise.all([startBlueskyNetwork(), startServer(dir, { OUTBOUND_ALLOW_NETWORKS: '127.0.0.0/8,::1/128', LOG_LEVEL: 'warn' })])
try { const m = await makeFullWorkspace(server.url, network); console.log(m.posts) } catch (e) { console.log(String(e)) }
console.log(server.output())
const [{did}] = [await (await fetch(network.pdsUrl + '/xrpc/com.atproto.identity.resolveHandle?handle=lighthouse.test')).json()]
const [uri] = await network.listPostUris(did)
console.log(uri)
await server.stop(); await network.stop()
