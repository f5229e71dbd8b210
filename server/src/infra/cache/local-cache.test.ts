import { randomBytes, randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { templateDatabase, testSecret } from '../../../test/engines-for-tests.ts'
import { systemClock } from '../clock.ts'
import { createKeyring } from '../crypto/keyring.ts'
import { createLog } from '../log.ts'
import { appLoginRole } from '../postgres/migrate.ts'
import { describeCache } from './conformance.ts'
import { type CacheHarness, cleanUp, keysOfSources, servingCache, until } from './conformance-harness.ts'
import { cacheKeys } from './keys.ts'
import { createLocalCache } from './local-cache.ts'

const silent = createLog('silent')
const Anything = z.unknown()

const database = `test_${randomBytes(6).toString('hex')}`
const superuserUrl = (path: string) => Object.assign(new URL(inject('superuserUrl')), { pathname: path }).href
const login = () => ({
  url: superuserUrl(database),
  user: appLoginRole,
  password: createKeyring([testSecret]).derive('postgres/app'),
})
/** Outside of the database, so that it can be closed. */
let outside: pg.Client
const run = async (text: string, values: unknown[] = []) => (await outside.query(text, values)).rows
const backends = async (): Promise<number[]> => {
  const rows = await run(
    `select pid from pg_stat_activity where datname = $1 and application_name = 'heliograph cache'
     order by backend_start`,
    [database],
  )
  return rows.map(({ pid }) => pid)
}

beforeAll(async () => {
  outside = new pg.Client({ connectionString: superuserUrl('postgres') })
  await outside.connect()
  await run(`create database ${database} template ${templateDatabase} owner heliograph_owner`)
})
afterAll(async () => {
  await cleanUp()
  await run(`drop database ${database} with (force)`)
  await outside.end()
})

const harness: CacheHarness = {
  open: (log = silent) => createLocalCache({ login: login(), log, clock: systemClock }),
  async takeAway() {
    await run(`alter database ${database} allow_connections false`)
    await run('select pg_terminate_backend(pid) from unnest($1::int[]) pid', [await backends()])
    return async () => {
      await run(`alter database ${database} allow_connections true`)
    }
  },
  async freeze() {
    const frozen = await backends()
    for (const pid of frozen) process.kill(pid, 'SIGSTOP')
    return async () => {
      for (const pid of frozen) process.kill(pid, 'SIGCONT')
    }
  },
}
describeCache('the cache in the process', () => harness)

test('a server whose listener hangs serves no value that another has deleted', async () => {
  const deaf = await servingCache(harness)
  const [listener = 0] = (await backends()).slice(-1)
  const other = await servingCache(harness)
  const key = cacheKeys.content(randomUUID(), { content_id: randomUUID() })
  await deaf.set(key, 'old')
  process.kill(listener, 'SIGSTOP')
  try {
    await other.delete(key)
    const deletedAtMs = performance.now()
    await until(async () => (await deaf.get(key, Anything)) === undefined, 5_000)
    expect(performance.now() - deletedAtMs).toBeLessThan(3_000)
  } finally {
    process.kill(listener, 'SIGCONT')
  }
})

test('what a server deletes while it alone is cut off is taken back from the others afterwards', async () => {
  const cutOff = await servingCache(harness)
  const [listener] = (await backends()).slice(-1)
  const other = await servingCache(harness)
  const key = cacheKeys.content(randomUUID(), { content_id: randomUUID() })
  await other.set(key, 'old')
  await run('select pg_terminate_backend($1)', [listener])
  await until(async () => !cutOff.isServing())
  await cutOff.delete(key)
  expect(await other.get(key, Anything)).toBe('old')
  await until(async () => (await other.get(key, Anything)) === undefined)
})

test('what too many calls at once would wait for too long is answered without the table', async () => {
  const cache = await servingCache(harness)
  const key = cacheKeys.rateLimit({ user_id: randomUUID(), endpoint: 'GET /x' })
  const startedAtMs = performance.now()
  const tries = await Promise.all(Array.from({ length: 20_000 }, () => cache.takeTry(key, 100_000)))
  const tookMs = performance.now() - startedAtMs
  const exact = tries.filter((one) => one.exact).length
  console.info(`20,000 tries at once: ${exact} exact, all answered within ${tookMs.toFixed(0)} ms`)
  expect(tookMs).toBeLessThan(4_000)
  expect(exact).toBeGreaterThan(0)
  expect(cache.isServing()).toBe(true)
})

test('the role of the cache reaches nothing but its two functions', async () => {
  const client = new pg.Client({ connectionString: superuserUrl(database) })
  await client.connect()
  try {
    await client.query('set role cache_service')
    await client.query(`select * from app.add_cache_counts('k', '{"n": 1}', 1000, true)`)
    for (const statement of [
      'select * from app.cache_counts',
      'delete from app.cache_counts',
      'select app.sweep_cache_counts(1)',
      'select id from public.users',
      'select id from public.workspaces',
      `select app.enqueue_job('x', '{}')`,
    ]) {
      await expect(client.query(statement), statement).rejects.toMatchObject({ code: '42501' })
    }
  } finally {
    await client.end()
  }
})

test('what has expired is swept while counting goes on, as much at a time as is asked for, and nothing else', async () => {
  const client = new pg.Client({ connectionString: superuserUrl(database) })
  await client.connect()
  try {
    await client.query('delete from app.cache_counts')
    await client.query(
      `insert into app.cache_counts select 'k' || n, '{}', now() + case when n <= 5 then -1 else 60 end * interval '1 s'
       from generate_series(1, 8) n`,
    )
    const sweep = async (most: number) =>
      Number((await client.query('select app.sweep_cache_counts($1) as gone', [most])).rows[0]?.gone)
    expect([await sweep(3), await sweep(3), await sweep(3)]).toEqual([3, 2, 0])
    const { rows } = await client.query('select key from app.cache_counts order by key')
    expect(rows).toEqual([{ key: 'k6' }, { key: 'k7' }, { key: 'k8' }])

    // Nobody asks for it: counting alone sweeps now and then.
    await client.query(`update app.cache_counts set expires_at = now() - interval '1 s'`)
    const cache = await servingCache(harness)
    const { counts } = keysOfSources(randomUUID())
    await until(async () => {
      await cache.addCounts(counts, { likes: 1 })
      const left = await client.query(`select key from app.cache_counts where key like 'k_'`)
      return left.rowCount === 0
    }, 30_000)
  } finally {
    await client.end()
  }
})

test('the counters of the sources expire after their lifetimes, by the clock of the database', async () => {
  const cache = await servingCache(harness)
  const { counts, limit } = keysOfSources(randomUUID())
  await cache.addCounts(counts, { likes: 1 })
  await cache.takeTry(limit, 1)
  const client = new pg.Client({ connectionString: superuserUrl(database) })
  await client.connect()
  try {
    const { rows } = await client.query(
      `select key, extract(epoch from expires_at - now())::float8 as seconds from app.cache_counts where key = any ($1)`,
      [[counts.name, limit.name]],
    )
    expect(rows).toHaveLength(2)
    for (const { seconds } of rows) {
      expect(seconds).toBeLessThanOrEqual(3_600)
      expect(seconds).toBeGreaterThan(3_595)
    }
    await client.query(`update app.cache_counts set expires_at = clock_timestamp() where key = any ($1)`, [
      [counts.name, limit.name],
    ])
    expect(await cache.findCounts(counts)).toBeUndefined()
    expect(await cache.addCounts(counts, { likes: 1 })).toEqual({ likes: 1 })
    expect(await cache.takeTry(limit, 1)).toMatchObject({ allowed: true, used: 1 })
  } finally {
    await client.end()
  }
})
