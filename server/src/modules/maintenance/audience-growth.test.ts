import { afterAll, beforeAll, expect, test } from 'vitest'
import { signUp } from '../../../test/cast.ts'
import { createWorld, type World } from '../../../test/world.ts'
import { recordAudienceGrowth } from './queries-derived.ts'

let world: World
let workspaceId: string
beforeAll(async () => {
  world = await createWorld()
  const { userId } = await signUp(world, 'Ada')
  const [row] = await world.query<{ id: string }>(
    `insert into workspaces (name, slug, time_zone) values ('Growth', 'growth', 'Pacific/Auckland') returning id`,
  )
  workspaceId = row?.id ?? ''
  await world.query(`insert into workspace_members (workspace_id, user_id, role) values ($1, $2, 'owner')`, [
    workspaceId,
    userId,
  ])
  for (const name of ['told', 'silent'])
    await world.query(
      `insert into social_accounts (workspace_id, platform, platform_account_id, username, service_url, status)
       values ($1, 'bluesky', $2, $2, 'https://a.example', 'disconnected')`,
      [workspaceId, name],
    )
})
afterAll(() => world?.stop())

const count = (followers: number | null, at: string) =>
  world.query(
    `update social_accounts set followers_count = $2, counts_taken_at = $3 where workspace_id = $1 and username = 'told'`,
    [workspaceId, followers, at],
  )
const record = async () => {
  const rows = await world.app.services.doors.withDispatch((tx) => recordAudienceGrowth(tx))
  return rows
}
const days = () =>
  world.query(
    `select recorded_date::text as day, follower_count::int as followers, follower_change::int as change,
       growth_rate::float as rate, followers_gained as gained
     from analytics.audience_growth where workspace_id = $1 order by recorded_date`,
    [workspaceId],
  )

test('the last count of a day is that of the day by the workspace’s clock, and a day without one is not made up', async () => {
  // 12:00 UTC is past midnight in Auckland.
  await count(100, '2026-03-01T10:00Z')
  expect(await record()).toBe(1)
  await count(110, '2026-03-01T10:30Z')
  expect(await record()).toBe(1)
  expect(await record(), 'again').toBe(0)
  await count(99, '2026-03-01T12:00Z')
  await record()
  await count(null, '2026-03-03T01:00Z')
  expect(await record(), 'not told').toBe(0)
  await count(0, '2026-03-04T01:00Z')
  await record()
  await count(5, '2026-03-05T01:00Z')
  await record()
  const gained = null
  expect(await days()).toEqual([
    { day: '2026-03-01', followers: 110, change: null, rate: null, gained },
    { day: '2026-03-02', followers: 99, change: -11, rate: -10, gained },
    { day: '2026-03-04', followers: 0, change: -99, rate: -100, gained },
    { day: '2026-03-05', followers: 5, change: 5, rate: null, gained },
  ])
})

test('the last count of a day is kept when the first of the next day takes its place before the duty came', async () => {
  await count(null, '2026-04-01T00:00Z')
  await count(20, '2026-04-09T22:00Z')
  await count(30, '2026-04-10T10:00Z')
  await count(33, '2026-04-10T11:00Z')
  // Midnight in Auckland is 12:00 UTC.
  await count(40, '2026-04-10T12:30Z')
  await count(41, '2026-04-10T12:40Z')
  const since = async () => (await days()).filter((row) => String(row.day) > '2026-04')
  expect(await since()).toMatchObject([{ day: '2026-04-10', followers: 33, change: 28 }])
  await record()
  expect(await since()).toMatchObject([
    { day: '2026-04-10', followers: 33, change: 28 },
    { day: '2026-04-11', followers: 41, change: 8 },
  ])
})
