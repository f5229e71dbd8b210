import { once } from 'node:events'
import { connect as connectTo, createServer, type Socket } from 'node:net'
import { afterAll, expect, inject, onTestFinished, test } from 'vitest'
import { createLog } from '../log.ts'
import { prepareEnd } from './end-pool.ts'
import { createPool } from './pool.ts'

const log = createLog('silent')
const url = inject('superuserUrl')
const observer = createPool({ url }, { name: 'observer', max: 1, log })
afterAll(() => observer.end())

const connectionsOf = async (name: string) => {
  const { rows } = await observer.query<{ pid: number }>(
    'select pid from pg_stat_activity where application_name = $1',
    [`heliograph ${name}`],
  )
  return rows.length
}

/** Between the pool and the server: notes when each connection has ended on the pool's side. */
async function relay(): Promise<{ url: string; sockets: Socket[] }> {
  const target = new URL(url)
  const path = `${target.searchParams.get('host')}/.s.PGSQL.${target.port || 5432}`
  const sockets: Socket[] = []
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket)
    const beyond = connectTo(path)
    // What the server says at the end is late.
    socket.pipe(beyond)
    beyond.on('data', (data) => socket.write(data))
    beyond.on('end', () => setTimeout(() => socket.end(), 100))
    beyond.on('error', () => socket.destroy())
    socket.on('error', () => beyond.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  target.searchParams.delete('host')
  target.hostname = '127.0.0.1'
  target.port = String(typeof address === 'object' && address ? address.port : 0)
  return { url: target.href, sockets }
}

test('once a pool is ended, every connection of it is closed, those let go before included', async () => {
  const through = await relay()
  const pool = createPool({ url: through.url }, { name: 'ending', max: 4, log })
  const end = prepareEnd(pool)
  const clients = await Promise.all([1, 2, 3].map(() => pool.connect()))
  expect(await connectionsOf('ending')).toBe(3)
  clients[0]?.release(true)
  for (const client of clients.slice(1)) client.release()
  await end()
  expect(through.sockets).toHaveLength(3)
  expect(through.sockets.map((socket) => socket.writableEnded)).toEqual([true, true, true])
  expect(await connectionsOf('ending')).toBe(0)
})

test('a pool that was never used ends at once', async () => {
  const pool = createPool({ url }, { name: 'unused', max: 1, log })
  await prepareEnd(pool)()
  expect(pool.ended).toBe(true)
})

test('a server that does not say goodbye holds nobody up for long', async () => {
  const through = await relay()
  const pool = createPool({ url: through.url }, { name: 'mute', max: 1, log })
  const end = prepareEnd(pool)
  await pool.query('select')
  for (const socket of through.sockets) socket.end = () => socket
  const startedAt = performance.now()
  await end()
  expect(performance.now() - startedAt).toBeLessThan(3_000)
  for (const socket of through.sockets) socket.destroy()
})
