/** Materialized views of people and agents, worked out by hand. */
import { randomUUID } from 'node:crypto'
import { at, daysBefore, type Place, type Row, type Worked } from './worked-place.ts'

const dayMs = 86_400_000

/** An agent with four runs of the last 30 days and one of before, and one that never ran. */
async function twoAgents(place: Place) {
  const ada = await place.member('ada')
  const ben = await place.member('ben')
  await place.member('cleo')
  const busy = { id: randomUUID(), name: 'busy' }
  const idle = { id: randomUUID(), name: 'idle' }
  await place.insert('agents', [busy, idle])
  const lastRun = new Date(Date.now() - dayMs)
  const run = (row: Row): Row => ({ agent_id: busy.id, started_at: new Date(Date.now() - 9 * dayMs), ...row })
  await place.insert('agent_runs', [
    run({ user_id: ada, status: 'completed', runtime_seconds: 10, credits_consumed: 1 }),
    run({ user_id: ben, status: 'completed', runtime_seconds: 20, credits_consumed: 2, started_at: lastRun }),
    run({ user_id: ada, status: 'failed', runtime_seconds: 60, credits_consumed: 4 }),
    run({ user_id: null, status: 'pending', started_at: new Date(Date.now() - 29 * dayMs) }),
    run({
      user_id: ben,
      status: 'completed',
      runtime_seconds: 900,
      started_at: new Date(Date.now() - 31 * dayMs),
    }),
  ])
  return { busy, idle, lastRun }
}

export const workedPeople: readonly Worked[] = [
  {
    view: 'analytics.mv_active_users',
    guarantee:
      'a person counts once in each trailing window, whatever they did and whether still a member or not',
    order: 'activity_date desc limit 1',
    async work(place) {
      const acted: Readonly<Record<string, readonly number[]>> = {
        ada: [0, 1, 6],
        ben: [6],
        cleo: [7],
        dan: [29, 40],
        eve: [30],
      }
      for (const [name, days] of Object.entries(acted)) {
        const user_id = await place.member(name)
        await place.insert(
          'analytics.user_activity',
          days.map((ago) => ({
            user_id,
            event_type: 'login',
            // Midnight by the clock of the workspace is the day before by UTC.
            created_at: at(daysBefore(place.today, ago)),
          })),
        )
      }
      const [agent_id, fay] = [randomUUID(), await place.member('fay')]
      await place.insert('agents', [{ id: agent_id, name: 'agent' }])
      await place.insert('agent_runs', [
        { agent_id, user_id: fay, started_at: at(place.today) },
        { agent_id, user_id: null, started_at: at(place.today) },
      ])
      await place.leave(fay)
      return [
        {
          activity_date: place.today,
          daily_active_users: 2,
          weekly_active_users: 3,
          monthly_active_users: 5,
        },
      ]
    },
  },
  {
    view: 'analytics.mv_top_agents',
    guarantee: 'an agent has its runs of thirty days, and is there without any',
    order: 'agent_name',
    async work(place) {
      const { busy, idle, lastRun } = await twoAgents(place)
      return [
        {
          agent_id: busy.id,
          agent_name: 'busy',
          total_runs_30d: 4,
          successful_runs_30d: 2,
          success_rate: 50,
          avg_runtime: 30,
          median_runtime: 20,
          total_credits_30d: 7,
          unique_users_30d: 2,
          last_run_at: lastRun.toISOString(),
        },
        {
          agent_id: idle.id,
          agent_name: 'idle',
          total_runs_30d: 0,
          successful_runs_30d: 0,
          success_rate: null,
          avg_runtime: null,
          median_runtime: null,
          total_credits_30d: null,
          unique_users_30d: 0,
          last_run_at: null,
        },
      ]
    },
  },
  {
    view: 'analytics.mv_workspace_summary',
    guarantee: 'members, agents and runs are counted each by itself',
    order: 'workspace_name',
    async work(place) {
      await twoAgents(place)
      return [
        {
          workspace_name: 'Worked out',
          total_members: 3,
          total_agents: 2,
          total_runs_30d: 4,
          total_credits_30d: 7,
          avg_runtime_30d: 30,
          active_users_30d: 2,
        },
      ]
    },
  },
  {
    view: 'analytics.mv_workspace_summary',
    guarantee: 'a workspace in which nothing is has a row of its own',
    order: 'workspace_name',
    work: async () => [
      {
        workspace_name: 'Worked out',
        total_members: 0,
        total_agents: 0,
        total_runs_30d: 0,
        total_credits_30d: null,
        avg_runtime_30d: null,
        active_users_30d: 0,
      },
    ],
  },
]
