import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { personOf } from '../../../test/cast.ts'
import { createWorld, type World } from '../../../test/world.ts'
import { appLogin } from '../../engines.ts'
import { createLog } from '../../infra/log.ts'
import { addDemo } from '../demo.ts'
import type { PlanInput } from './plan.ts'
import { removeGenerated } from './remove.ts'

/** The demo, made and signed in to as it is, with a story that is shorter: its size is nothing of what is looked at here. */
vi.mock('./plan.ts', async (load) => {
  const actual = await load<typeof import('./plan.ts')>()
  return {
    ...actual,
    planWorkspace: (input: PlanInput) => actual.planWorkspace({ ...input, posts: 12, days: 8 }),
  }
})

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.stop())

/** Signs in as whoever the console names. */
async function startDemo() {
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true)
  await addDemo({
    config: world.config,
    log: createLog('error'),
    dataDirectory: world.dataDirectory,
    engines: world,
    login: appLogin(world),
    analytics: Promise.resolve(),
    stopping: new AbortController().signal,
    onStop: () => undefined,
  })
  const text = print.mock.calls.flat().join('\n')
  vi.restoreAllMocks()
  const [, email = '', password = ''] = /as (\S+) with the password (\S+)/.exec(text) ?? []
  const signedIn = await personOf(world, email, '', '').request('POST', '/api/v1/auth/sign-in', {
    email,
    password,
  })
  expect(signedIn.status).toBe(200)
  const cookie = String([signedIn.headers['set-cookie']].flat()[0]).split(';')[0] ?? ''
  return personOf(world, email, signedIn.body.user.id, cookie)
}

const namesOf = async (person: Awaited<ReturnType<typeof startDemo>>): Promise<string[]> =>
  (await person.request('GET', '/api/v1/workspaces')).body.items.map(({ name }: { name: string }) => name)

test('a demo that was removed is made again, also for a person who has a workspace of their own by then', async () => {
  const first = await startDemo()
  const [demoName = ''] = await namesOf(first)
  const made = await first.request('POST', '/api/v1/workspaces', {
    name: 'My own',
    timeZone: 'Europe/Berlin',
  })
  expect(made.status).toBe(201)

  const target = { login: appLogin(world), clickhouseUrl: world.clickhouseUrl }
  expect(await removeGenerated(target)).toMatchObject({ workspaces: 1, posts: 12, peopleWhoStay: 1 })
  expect(await namesOf(first)).toEqual(['My own'])

  const again = await startDemo()
  expect(again.userId).toBe(first.userId)
  expect((await namesOf(again)).sort()).toEqual([demoName, 'My own'].sort())

  await world.query(`delete from workspaces where name = 'My own'`)
  expect(await removeGenerated(target)).toMatchObject({ workspaces: 1, peopleWhoStay: 0 })
  const last = await startDemo()
  expect(await namesOf(last)).toEqual([demoName])
  expect(last.userId).not.toBe('')
}, 120_000)
