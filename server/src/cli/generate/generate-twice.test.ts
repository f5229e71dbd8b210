import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../../../test/world.ts'
import { appLogin } from '../../engines.ts'
import { createClickHouse } from '../../infra/clickhouse/client.ts'
import { createLog } from '../../infra/log.ts'
import { StartRefused } from '../../infra/process/start-refused.ts'
import { generate } from './generate.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.stop())

const until = new Date(Math.floor(Date.now() / 60_000) * 60_000 - 86_400_000)
const run = (posts: number, onProgress?: () => void) =>
  generate(
    { login: appLogin(world), clickhouseUrl: world.clickhouseUrl },
    { workspaces: 1, posts, days: 40, seed: 41, until },
    onProgress ? { onProgress } : {},
  )

async function countFacts(workspaceId: string | undefined): Promise<number> {
  const client = createClickHouse(world.clickhouseUrl, { requestTimeoutMs: 20_000, log: createLog('error') })
  const answer = await client.query({
    query: 'SELECT count() AS n FROM performance_metrics WHERE workspace_id = {workspaceId: UUID}',
    query_params: { workspaceId },
    format: 'JSONEachRow',
  })
  const [row] = await answer.json<{ n: string }>()
  await client.close()
  return Number(row?.n)
}

test('of two runs of one seed at once the second is refused, and the workspace of the first keeps its facts', async () => {
  let second: Promise<unknown> | undefined
  const first = await run(60, () => {
    second ??= run(60).catch((error: unknown) => error)
  })
  const refusal = await second
  expect(first.facts).toBeGreaterThan(100)
  expect(await countFacts(first.workspaces[0]?.id)).toBe(first.facts)
  expect(refusal).toBeInstanceOf(StartRefused)
  expect(String(refusal)).toContain(`"${first.workspaces[0]?.name}" is being made or removed at this moment`)
  // The lock goes with the work: the next run looks, and finds the workspace.
  expect(await run(60)).toMatchObject({ workspaces: [], present: 1 })
})
