import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { type EngineProcess, launchEngine, waitUntil } from './bluesky-network/engine-process.ts'

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free loopback port')
  return address.port
}

function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
    socket.once('data', (data) => {
      socket.destroy()
      resolve(data.toString().startsWith('+PONG'))
    })
    socket.once('error', () => resolve(false))
  })
}

export interface RunningRedis {
  readonly host: string
  readonly port: number
  readonly engine: EngineProcess
}

/** Redis on a free loopback port, or on one that it had before; in memory only. Its binary is Debian's `redis-server`. */
export async function startRedis(directory: string, formerPort?: number): Promise<RunningRedis> {
  const port = formerPort ?? (await freePort())
  const settings = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    directory,
  ]
  const engine = launchEngine('redis-server', settings)
  await waitUntil('redis-server (Debian package redis-server)', engine, () => answersPing(port))
  return { host: `127.0.0.1:${port}`, port, engine }
}
