import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { BlueskyNetwork } from '../bluesky-network/network.ts'
import { joinBlueskyNetwork } from '../bluesky-network/shared-network.ts'
import { testSecret } from '../engines-for-tests.ts'
import { createWorld, ownerUrlOf, type World } from '../world.ts'
import { runKillScenario } from './kill-scenario.ts'

let world: World
let network: BlueskyNetwork
beforeAll(async () => {
  ;[world, network] = await Promise.all([createWorld(), joinBlueskyNetwork()])
})
afterAll(() => world?.stop())

const seed = 20_261_121
const kills = 50

test('fifty workers killed between sending and committing leave exactly fifty posts', async () => {
  const result = await runKillScenario({ app: world.app, environment: environment(), network, kills, seed })
  console.info('killed workers:', JSON.stringify(result))
  const { held, unanswered, answering } = result.byPhase
  expect(result).toMatchObject({ kills, published: kills, onNetwork: kills, duplicated: 0, lost: 0 })
  expect(held.kills + unanswered.kills + answering.kills).toBe(kills)
  // What has not been answered cannot have been committed.
  expect(held.beforeCommit).toBe(held.kills)
  expect(unanswered.beforeCommit).toBe(unanswered.kills)
  for (const phase of [held, unanswered, answering]) expect(phase.kills).toBeGreaterThan(5)

  const published = await world.query<{ platform_post_id: string; status: string }>(
    'select status, platform_post_id from publications',
  )
  expect(new Set(published.map(({ status }) => status))).toEqual(new Set(['published']))
  const uris = await network.listPostUris(result.did)
  expect(published.map((row) => row.platform_post_id).sort()).toEqual(uris.sort())

  // Every attempt is closed; wherever the commit did not come first, the one whose worker was killed says that
  // its outcome was unknown when it ended.
  const [told] = await world.query<{ open: number; lost: number }>(
    `select count(*) filter (where outcome is null)::int as open,
       count(distinct publication_id) filter (where outcome = 'unknown' and submitted_at is not null)::int as lost
     from publication_attempts`,
  )
  expect(told?.open).toBe(0)
  expect(told?.lost).toBeGreaterThanOrEqual(result.beforeCommit)
}, 360_000)

const environment = () => ({
  NODE_ENV: 'test',
  LOG_LEVEL: process.env.WORKER_LOG_LEVEL ?? 'fatal',
  DATABASE_URL: ownerUrlOf(world),
  CLICKHOUSE_URL: world.clickhouseUrl,
  HELIOGRAPH_SECRET: testSecret,
  HELIOGRAPH_DATA: world.dataDirectory,
  OUTBOUND_ALLOW_NETWORKS: '127.0.0.0/8,::1/128',
  NODE_COMPILE_CACHE: join(world.dataDirectory, 'compiled'),
  PUBLISH_CALL_TIMEOUT_MS: '2500',
  PUBLISH_SWEEP_INTERVAL_MS: '200',
})
