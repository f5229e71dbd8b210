/** What comes late in a removal: stops, faults and facts. What it says is what it has left. */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { testSecret } from '../../../test/engines-for-tests.ts'
import { createWorld, ownerUrlOf, type World } from '../../../test/world.ts'
import { generateMore, triedAsSuperuser } from '../../../test/world-of-people.ts'
import { appLogin } from '../../engines.ts'
import { createClickHouse } from '../../infra/clickhouse/client.ts'
import { createLog } from '../../infra/log.ts'
import { createFolderStorage, type Storage } from '../../infra/storage/storage.ts'
import type { GenerateTarget } from './open-engines.ts'
import { RemovalCutOff, removeGenerated } from './remove.ts'
import { runRemove } from './run-remove.ts'

let world: World
let target: GenerateTarget & { storage: Storage }
beforeAll(async () => {
  world = await createWorld()
  const storage = createFolderStorage(join(world.dataDirectory, 'media'))
  target = { login: appLogin(world), clickhouseUrl: world.clickhouseUrl, storage }
})
afterAll(() => world.stop())
beforeEach(async () => {
  await generateMore(target, { workspaces: 1, posts: 4, days: 10 })
})

const timeout = 60_000
const countWorkspaces = async () => (await world.query('select from workspaces')).length

test('stopped while the views are computed, it says all that is gone', { timeout }, async () => {
  const stop = new AbortController()
  const error: unknown = await removeGenerated(target, {
    signal: stop.signal,
    onProgress: ({ phase }) => {
      if (phase === 'views over all workspaces') stop.abort()
    },
  }).catch((fault: unknown) => fault)
  expect(error).toBeInstanceOf(RemovalCutOff)
  expect(error).toMatchObject({ removed: { workspaces: 1, posts: 4, people: 8 } })
  expect(await countWorkspaces()).toBe(0)
})

test.each(['stopped', 'failing'])(
  '%s among the files, it says that pictures may be missing',
  { timeout },
  async (how) => {
    const stop = new AbortController()
    const said: string[] = []
    vi.spyOn(process.stdout, 'write').mockImplementation(() => true)
    vi.spyOn(console, 'log').mockImplementation((line: string) => void said.push(line))
    const storage: Storage = {
      ...target.storage,
      async delete(key) {
        await target.storage.delete(key)
        if (how === 'failing') throw new Error('the disk is gone')
        stop.abort()
      },
    }
    const end = await runRemove({ ...target, storage }, { isConfirmed: true, signal: stop.signal }).catch(
      (error: unknown) => void said.push(String(error)),
    )
    vi.restoreAllMocks()
    expect(end).toBe(how === 'stopped' ? 'stopped' : undefined)
    expect(said.at(-1)).toContain(
      'Gone are 0 workspaces, 0 posts, 0 snapshots, 0 facts and 0 people; the rest is there, though its numbers over time and its pictures may be missing.',
    )
    expect(await countWorkspaces()).toBe(1)
    await removeGenerated(target)
    expect(await countWorkspaces()).toBe(0)
  },
)

test('a fact that reaches ClickHouse after the facts went and before the rows are gone for good goes, too', {
  timeout,
}, async () => {
  const clickhouse = createClickHouse(world.clickhouseUrl, {
    requestTimeoutMs: 20_000,
    log: createLog('error'),
  })
  const fact = { metric_name: 'likes', metric_value: 1, platform: 'x', source: 'api' }
  let carried = 0
  const storage: Storage = {
    ...target.storage,
    async delete(key) {
      await target.storage.delete(key)
      if (carried) return
      carried += 1
      const ids = {
        workspace_id: key.split('/')[0],
        published_post_id: randomUUID(),
        social_account_id: randomUUID(),
      }
      const timestamp = new Date().toISOString()
      await clickhouse.insert({
        table: 'performance_metrics',
        values: [{ ...fact, ...ids, timestamp }],
        format: 'JSONEachRow',
      })
    },
  }
  const countFacts = async () => {
    const answer = await clickhouse.query({
      query: 'SELECT count() AS n FROM performance_metrics',
      format: 'JSONEachRow',
    })
    const [row] = await answer.json<{ n: string }>()
    return Number(row?.n)
  }
  const before = await countFacts()
  expect(before).toBeGreaterThan(10)
  expect(await removeGenerated({ ...target, storage })).toMatchObject({ facts: before + 1 })
  expect(carried).toBe(1)
  expect(await countFacts()).toBe(0)
  await clickhouse.close()
})

test('stopped by Ctrl-C it ends with 130', { timeout }, async () => {
  const main = fileURLToPath(new URL('../../main.ts', import.meta.url))
  let said = ''
  const code = await triedAsSuperuser(world, async (client) => {
    await client.query('select from workspaces for update')
    const child = spawn(process.execPath, [main, 'generate', '--remove', '--yes'], {
      env: {
        PATH: process.env.PATH,
        HELIOGRAPH_DATA: world.dataDirectory,
        HELIOGRAPH_SECRET: testSecret,
        DATABASE_URL: ownerUrlOf(world),
        CLICKHOUSE_URL: world.clickhouseUrl,
        LOG_LEVEL: 'error',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    child.stdout.on('data', (chunk) => {
      said += String(chunk)
    })
    const ended = once(child, 'close')
    await expect
      .poll(
        () =>
          world.query(
            `select from pg_stat_activity where datname = current_database()
               and application_name = 'heliograph generate' and wait_event_type = 'Lock'`,
          ),
        { timeout: 20_000 },
      )
      .toHaveLength(1)
    child.kill('SIGINT')
    const [ending] = await ended
    return ending
  })
  expect(said).toMatch(
    /\nStopped\. Gone are 0 workspaces, .* Go on with: npm start -- generate --remove --yes\n$/,
  )
  expect(code).toBe(130)
  expect(await countWorkspaces()).toBe(1)
})
