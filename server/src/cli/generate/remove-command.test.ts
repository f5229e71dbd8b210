/** The command as a process of its own: what it says, and how it ends. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { testSecret } from '../../../test/engines-for-tests.ts'
import { createWorld, ownerUrlOf, type World } from '../../../test/world.ts'
import { generateMore } from '../../../test/world-of-people.ts'
import { appLogin } from '../../engines.ts'
import { runRemove } from './run-remove.ts'

const main = fileURLToPath(new URL('../../main.ts', import.meta.url))
let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.stop())

async function run(...args: string[]): Promise<{ code: number | null; said: string; refused: string }> {
  const child = spawn(process.execPath, [main, ...args], {
    env: {
      PATH: process.env.PATH,
      HELIOGRAPH_DATA: world.dataDirectory,
      HELIOGRAPH_SECRET: testSecret,
      DATABASE_URL: ownerUrlOf(world),
      CLICKHOUSE_URL: world.clickhouseUrl,
      LOG_LEVEL: 'error',
      NODE_COMPILE_CACHE: join(world.dataDirectory, 'compiled'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const read = { said: '', refused: '' }
  child.stdout.on('data', (chunk) => {
    read.said += String(chunk)
  })
  child.stderr.on('data', (chunk) => {
    read.refused += String(chunk)
  })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, ...read }
}

const target = () => ({ login: appLogin(world), clickhouseUrl: world.clickhouseUrl })
const countWorkspaces = async () => (await world.query('select from workspaces')).length

test('without --yes it names what would go, removes nothing and fails with the command that does it', async () => {
  const { workspaces } = await generateMore(target(), { posts: 10, days: 10 })
  const { code, refused, said } = await run('generate', '--remove')
  expect([code, said]).toEqual([1, ''])
  expect(refused).toMatch(
    /^This would remove, for good, 2 generated workspaces .* 10 posts, [\d,]+ snapshots\.\n/,
  )
  for (const { name } of workspaces) {
    expect(refused).toMatch(new RegExp(`\n  ${name} +5 posts, [\\d,]+ snapshots\n`))
  }
  expect(refused).toMatch(/\n {2}npm start -- generate --remove --yes\n$/)
  expect(await countWorkspaces()).toBe(2)
})

test('with --yes they go, told in plain lines; after that there is nothing, which is no failure', async () => {
  const removed = await run('start', 'generate', '--remove', '--yes')
  expect([removed.code, removed.refused]).toEqual([0, ''])
  expect(removed.said).not.toContain('\r')
  expect(removed.said).toMatch(/^\d+ %, .* · .*: its rows\n/)
  expect(removed.said).toMatch(
    /\nRemoved 2 workspaces, 10 posts, [\d,]+ snapshots, [\d,]+ facts and 16 people in \d+ s\.\n$/,
  )
  expect(await countWorkspaces()).toBe(0)
  expect(await world.query('select from users')).toEqual([])
  const again = await run('generate', '--remove')
  expect(again).toEqual({
    code: 0,
    said: 'Nothing here is generated: there is nothing to remove.\n',
    refused: '',
  })
})

test('with ClickHouse away it says what to do, and what is gone: nothing', async () => {
  await generateMore(target(), { workspaces: 1, posts: 2, days: 3 })
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true)
  const request = { isConfirmed: true, signal: new AbortController().signal }
  await expect(runRemove({ ...target(), clickhouseUrl: undefined }, request)).rejects.toThrow(
    /^ClickHouse is away.*nothing was removed.*generate --remove --yes$/,
  )
  await expect(runRemove({ ...target(), clickhouseUrl: 'http://127.0.0.1:1' }, request)).rejects.toThrow(
    /ECONNREFUSED.*\n.*0 workspaces.*\n.*generate --remove --yes/,
  )
  vi.restoreAllMocks()
  expect(await countWorkspaces()).toBe(1)
})

test('stopped, it says how to go on', async () => {
  const lines: string[] = []
  vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line))
  await runRemove(target(), { isConfirmed: true, signal: AbortSignal.abort() })
  vi.restoreAllMocks()
  expect(lines.at(-1)).toMatch(/^Stopped\. Gone are 0 workspaces.*generate --remove --yes$/)
  expect(await countWorkspaces()).toBe(1)
})
