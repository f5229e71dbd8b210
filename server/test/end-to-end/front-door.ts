import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface FrontDoor {
  readonly url: string
  leadTo(url: string): void
  close(): Promise<void>
}

/** One address for a server that is killed and comes back on another port: a browser keeps drafts by address. */
export async function openFrontDoor(serverUrl: string): Promise<FrontDoor> {
  let port = Number(new URL(serverUrl).port)
  const open = new Set<Socket>()
  const server = createServer((visitor) => {
    const inside = connect(port, 'localhost')
    for (const [one, other] of [
      [visitor, inside],
      [inside, visitor],
    ] as const) {
      open.add(one)
      // A refused or broken connection is what a browser sees of a dead server.
      one.on('error', () => other.destroy())
      one.on('close', () => {
        open.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (!address || typeof address === 'string') throw new Error('no free port')
  return {
    url: `http://localhost:${address.port}`,
    leadTo(url) {
      port = Number(new URL(url).port)
    },
    async close() {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
