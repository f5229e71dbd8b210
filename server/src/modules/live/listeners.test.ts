/** Listeners who stop reading, hang up at a bad moment or lose their right: none of them harms the server. */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { type Cast, castOf, type Person, signUp } from '../../../test/cast.ts'
import { eventually } from '../../../test/connected-world.ts'
import { createWorld, type World } from '../../../test/world.ts'
import type { Change, ChangeSubscriber } from '../../infra/events/change-feed.ts'

const mostUnreadBytes = 1_000_000

let world: World
let cast: Cast
let port: number
/** Whoever is subscribed now. */
const subscribed = new Set<ChangeSubscriber>()
/** Answers to event streams, in the order of their requests. */
const responses: ServerResponse[] = []
const faults: unknown[] = []
beforeAll(async () => {
  // No ping asks again by itself while a test runs.
  world = await createWorld({ EVENTS_PING_INTERVAL_MS: '60000' })
  cast = await castOf(world)
  await world.app.http.listen({ host: '127.0.0.1', port: 0 })
  port = (world.app.http.server.address() as AddressInfo).port
  world.app.http.server.on('request', (request, response: ServerResponse) => {
    if (request.url?.endsWith('/events')) responses.push(response)
  })
  const { changes } = world.app.services
  const subscribe = changes.subscribe.bind(changes)
  vi.spyOn(changes, 'subscribe').mockImplementation((workspaceId, subscriber) => {
    const leave = subscribe(workspaceId, subscriber)
    subscribed.add(subscriber)
    return () => {
      subscribed.delete(subscriber)
      leave()
    }
  })
})
beforeEach(() => {
  responses.length = 0
  faults.length = 0
})
afterAll(() => world?.stop())

function ask(person: Person): Socket {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(
    `GET /api/v1/workspaces/${cast.workspaceId}/events HTTP/1.1\r\nhost: localhost\r\ncookie: ${person.cookie}\r\n\r\n`,
  )
  return socket
}

/** A stream whose listener has read the first ping and reads nothing more. */
async function stopReading(person: Person) {
  const socket = ask(person)
  await once(socket, 'data')
  socket.pause()
  const [response] = responses
  const [subscriber] = subscribed
  if (!response || !subscriber) throw new Error('nobody listens')
  return { socket, response, subscriber }
}

const someChange = (): Change => ({ workspaceId: cast.workspaceId, type: 'content', id: cast.workspaceId })
const nobodyIsSubscribed = () =>
  eventually(
    async () => subscribed.size,
    (count) => count === 0,
    5_000,
  )

test('a listener that stops reading is cut off before it takes more than a megabyte', async () => {
  const { socket, response, subscriber } = await stopReading(cast.vera)
  let mostBytes = 0
  for (let told = 0; told < 400_000 && !response.destroyed; told++) {
    subscriber.onChange(someChange())
    mostBytes = Math.max(mostBytes, response.writableLength)
    if (told % 1_000 === 0) await nextTurn()
  }
  expect(response.destroyed).toBe(true)
  expect(mostBytes).toBeLessThan(mostUnreadBytes + 1_000)
  await nobodyIsSubscribed()
  // What comes too late for it is nobody's fault.
  subscriber.onChange(someChange())
  await nextTurn()
  socket.destroy()
})

test('a listener that stops reading and then loses its membership is gone; later changes harm nobody', async () => {
  const eve = await signUp(world, 'Eve')
  await world.query(`insert into workspace_members (workspace_id, user_id, role) values ($1, $2, 'viewer')`, [
    cast.workspaceId,
    eve.userId,
  ])
  const { socket, response, subscriber } = await stopReading(eve)
  // Without this the fault would end the process, as it does in production, and not fail the test.
  response.on('error', (error) => faults.push(error))
  for (let told = 0; told < 400_000 && response.writableLength === 0; told++) {
    subscriber.onChange(someChange())
    if (told % 100 === 0) await nextTurn()
  }
  expect(response.writableLength).toBeGreaterThan(0)

  const removed = await cast.alice.request(
    'DELETE',
    `/api/v1/workspaces/${cast.workspaceId}/members/${eve.userId}`,
  )
  expect(removed.status).toBe(204)
  await eventually(
    async () => response.writableEnded || response.destroyed,
    (over) => over,
    5_000,
  )
  subscriber.onChange(someChange())
  await nextTurn()
  expect(faults).toEqual([])
  await nobodyIsSubscribed()
  await eventually(
    async () => response.closed,
    (closed) => closed,
    5_000,
  )
  socket.destroy()
})

test('whoever hangs up while being let in leaves nothing behind', async () => {
  const { identity } = world.app.services
  const whoIs = identity.whoIs.bind(identity)
  const asked = Promise.withResolvers<void>()
  const gone = Promise.withResolvers<void>()
  vi.spyOn(identity, 'whoIs').mockImplementationOnce(async (headers) => {
    asked.resolve()
    await gone.promise
    return whoIs(headers)
  })
  const entered = vi.spyOn(world.app.services.doors, 'withActor')
  const socket = ask(cast.vera)
  await asked.promise
  socket.destroy()
  await eventually(
    async () => responses[0]?.closed,
    (closed) => closed === true,
    5_000,
  )
  gone.resolve()
  await vi.waitUntil(() => entered.mock.results.length > 0)
  await entered.mock.results[0]?.value
  entered.mockRestore()
  await nextTurn()
  expect(subscribed.size).toBe(0)
})
