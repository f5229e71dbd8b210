/**
 * One Bluesky network for a whole test run: its start takes longer than most of the tests that need it. The run's own
 * process holds it, starts it when the first test asks, and starts another if it has ended.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { z } from 'zod'
import { type Ask, type NetworkProcess, startNetworkProcess } from './network-process.ts'

const asked: z.ZodType<Ask> = z.discriminatedUnion('method', [
  z.object({ method: z.literal('processAll') }),
  z.object({ method: z.literal('revokeSessions'), did: z.string() }),
])

/** Offers the network at a loopback URL: GET tells where it is, POST asks it something. */
export async function offerNetwork(): Promise<{ url: string; stop(): Promise<void> }> {
  let network: Promise<NetworkProcess> | undefined
  const obtain = async (): Promise<NetworkProcess> => {
    network ??= startNetworkProcess(undefined)
    const mine = network
    try {
      const running = await mine
      if (!running.hasEnded()) return running
    } catch (error) {
      if (network === mine) network = undefined
      throw error
    }
    if (network === mine) network = undefined
    return obtain()
  }
  const answer = async (request: IncomingMessage): Promise<object> => {
    const running = await obtain()
    if (request.method === 'GET') return { pid: running.pid, pdsUrl: running.pdsUrl }
    await running.ask(asked.parse(JSON.parse(Buffer.concat(await request.toArray()).toString())))
    return {}
  }
  const server = createServer(async (request, response) => {
    const [status, body] = await answer(request).then(
      (given) => [200, given] as const,
      (error: unknown) => [500, { error: String(error) }] as const,
    )
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (!address || typeof address === 'string') throw new Error('no free port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    async stop() {
      server.close()
      server.closeAllConnections()
      const running = await network?.catch(() => undefined)
      await running?.stop()
    },
  }
}
