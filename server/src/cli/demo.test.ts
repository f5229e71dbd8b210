import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { personOf, signUp } from '../../test/cast.ts'
import { createWorld, type World } from '../../test/world.ts'
import { appLogin } from '../engines.ts'
import { createLog } from '../infra/log.ts'
import type { CommandContext } from './command.ts'
import { addDemo, readDemoOption } from './demo.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.stop())
afterEach(() => vi.restoreAllMocks())

const context = (place: World, config = place.config): CommandContext => ({
  config,
  log: createLog('error'),
  dataDirectory: place.dataDirectory,
  engines: place,
  login: appLogin(place),
  analytics: Promise.resolve(),
  stopping: new AbortController().signal,
  onStop: () => undefined,
})

/** What a person reads on the console. */
async function readWelcome(): Promise<string> {
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true)
  await addDemo(context(world))
  const text = print.mock.calls.flat().join('\n')
  vi.restoreAllMocks()
  return text
}

test('whoever reads the console signs in to a workspace full of life; a second start finds it', async () => {
  const welcome = await readWelcome()
  const [, email = '', password = ''] = /as (\S+) with the password (\S+)/.exec(welcome) ?? []
  const stranger = personOf(world, email, '', '')
  const signedIn = await stranger.request('POST', '/api/v1/auth/sign-in', { email, password })
  expect(signedIn.status).toBe(200)
  const cookie = [signedIn.headers['set-cookie'] ?? []]
    .flat()
    .map((one) => String(one).split(';')[0])
    .join('; ')
  const demo = personOf(world, email, '', cookie)
  const { body } = await demo.request('GET', '/api/v1/workspaces')
  expect(body.items).toMatchObject([{ role: 'owner', isGenerated: true }])
  const path = `/api/v1/workspaces/${body.items[0].id}`
  const accounts = await demo.request('GET', `${path}/accounts`)
  expect(
    accounts.body.items.map(({ platformName }: { platformName: string }) => platformName).sort(),
  ).toEqual(['Bluesky', 'Instagram', 'YouTube'])
  const content = await demo.request('GET', `${path}/content?status=published`)
  // The oldest of the page: the newest may have gone out within the hour.
  const { publications } = content.body.items.at(-1)
  const metrics = await demo.request(
    'GET',
    `${path}/published-posts/${publications[0].publishedPostId}/metrics`,
  )
  expect(metrics.body.series[0].points.length).toBeGreaterThan(5)

  expect(await readWelcome()).toBe(welcome)
  expect(await world.query('select from workspaces')).toHaveLength(1)
}, 90_000)

test('whoever signs up first after the demo is the operator; nobody of the demo is', async () => {
  const alice = await signUp(world, 'Alice')
  const operators = await world.query<{ id: string }>('select id from users where is_super_admin')
  expect(operators).toEqual([{ id: alice.userId }])
  const bob = await signUp(world, 'Bob')
  expect(bob.userId).not.toBe(alice.userId)
  expect(await world.query('select from users where is_super_admin')).toHaveLength(1)
})

test('there is no demo in production', async () => {
  await expect(addDemo(context(world, { ...world.config, NODE_ENV: 'production' }))).rejects.toThrow(
    'without --demo',
  )
})

test('start takes --demo or nothing', () => {
  expect([readDemoOption([]), readDemoOption(['--demo'])]).toEqual([false, true])
  expect(() => readDemoOption(['--demmo'])).toThrow('"--demmo"')
})
