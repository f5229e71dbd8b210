import { afterAll, beforeAll, expect, test } from 'vitest'
import { signUp } from '../../../test/cast.ts'
import { createWorld, type World } from '../../../test/world.ts'

let world: World
let workspaceId: string
const people: string[] = []
beforeAll(async () => {
  world = await createWorld()
  for (const name of ['Ada', 'Ben', 'Cleo', 'Dan']) people.push((await signUp(world, name)).userId)
  const [row] = await world.query<{ id: string }>(
    `insert into workspaces (name, slug, time_zone) values ('Cohorts', 'cohorts', 'America/New_York') returning id`,
  )
  workspaceId = row?.id ?? ''
  await world.query(`select app.ensure_partitions('2026-01-01', 11)`)
  // Three begin on Monday the 7th of September by New York's clock, one on the 8th.
  const began = ['2026-09-07T04:00Z', '2026-09-07T12:00Z', '2026-09-08T03:59Z', '2026-09-08T12:00Z']
  for (const [index, at] of began.entries()) {
    await world.query(
      `insert into workspace_members (workspace_id, user_id, role, created_at) values ($1, $2, 'owner', $3)`,
      [workspaceId, people[index], at],
    )
  }
})
afterAll(() => world?.stop())

const act = (person: number, at: string) =>
  world.query(
    `insert into analytics.user_activity (workspace_id, user_id, event_type, created_at) values ($1, $2, 'login', $3)`,
    [workspaceId, people[person], at],
  )
const fill = (at: string) => world.query(`select analytics.fill_user_cohorts($1)`, [at])
const cohort = async (period: string, date: string) => {
  const [row] = await world.query<Record<string, unknown>>(
    `select initial_users::int as users, retention_data as shares, churn_rate::float8 as churn from analytics.user_cohorts
     where workspace_id = $1 and cohort_period = $2 and cohort_date = $3`,
    [workspaceId, period, date],
  )
  return row
}

test('a cohort is told how many came back on a day once that day is over by its own clock, and keeps it', async () => {
  // The day after is the 8th in New York: from 04:00 UTC to 04:00 UTC.
  await act(0, '2026-09-08T04:00Z')
  await act(0, '2026-09-08T10:00Z')
  await act(1, '2026-09-09T03:59Z')
  await act(2, '2026-09-09T04:00Z')
  await act(3, '2026-09-08T12:00Z')
  await fill('2026-09-09T03:30Z')
  expect(await cohort('daily', '2026-09-07')).toEqual({ users: 3, shares: {}, churn: null })
  await fill('2026-09-09T05:00Z')
  expect(await cohort('daily', '2026-09-07')).toMatchObject({ users: 3, shares: { day_1: 66.67 } })
  await act(1, '2026-09-14T12:00Z')
  await fill('2026-09-15T05:00Z')
  await fill('2026-09-15T05:00Z')
  const week = { day_1: 66.67, day_7: 33.33 }
  expect(await cohort('daily', '2026-09-07')).toMatchObject({ users: 3, shares: week })
  expect(await cohort('daily', '2026-09-08')).toMatchObject({ users: 1, shares: { day_1: 0 } })
  await fill('2026-09-21T05:00Z')
})

test('what raw activity told outlives it, and who has left still counts as having begun', async () => {
  await world.query('delete from workspace_members where user_id = $1', [people[0]])
  await world.query(`delete from analytics.user_activity where created_at < '2026-09-20'`)
  await act(1, '2026-12-10T12:00Z')
  await fill('2026-12-15T12:00Z')
  const kept = await cohort('daily', '2026-09-07')
  expect(kept).toMatchObject({
    users: 3,
    shares: { day_1: 66.67, day_7: 33.33, day_14: 0, day_30: 0, day_60: 0 },
  })
  // One of the three was there in the last thirty days.
  expect(kept?.churn).toBeCloseTo(66.6667, 3)
})

test('weeks and months have cohorts of their own', async () => {
  expect(await cohort('weekly', '2026-09-07')).toMatchObject({ users: 4, shares: { week_1: 25 } })
  await fill('2027-01-02T12:00Z')
  expect(await cohort('monthly', '2026-09-01')).toMatchObject({ users: 4, shares: { month_3: 25 } })
})
