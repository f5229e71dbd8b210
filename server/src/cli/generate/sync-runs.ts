import { dayMs } from './calendar.ts'
import { type Item, row } from './items.ts'
import type { Account, Plan } from './plan.ts'
import type { Random } from './random.ts'

/** When an account was read: posts that are due within the same minute are read together. */
export interface SyncRuns {
  /** The instant of the first run at or after this one. */
  after(account: Account, dueMs: number): number
  /** The log of a run, if it is still kept; `item` is its row, handed out once. */
  logOf(account: Account, atMs: number): { logId: string | null; item: Item | undefined }
}

const minuteMs = 60_000
/** Logs of older runs have been cleared away; their snapshots stay. */
const loggedMs = 3 * dayMs
/** Of the last weeks, one run in so many failed; the next brought what it missed. */
const failureShare = 0.01

export function createSyncRuns(random: Random, plan: Plan): SyncRuns {
  const loggedFromMs = plan.calendar.untilMs - loggedMs
  const offsets = new Map(plan.accounts.map(({ id }) => [id, random.whole(800, 58_000)]))
  const logs = new Map<string, string>()
  return {
    after(account, dueMs) {
      const offsetMs = offsets.get(account.id) ?? 0
      return Math.ceil((dueMs - offsetMs) / minuteMs) * minuteMs + offsetMs
    },
    logOf(account, atMs) {
      if (atMs < loggedFromMs) return { logId: null, item: undefined }
      const key = `${account.id}/${atMs}`
      const known = logs.get(key)
      if (known) return { logId: known, item: undefined }
      const logId = random.uuid(atMs)
      logs.set(key, logId)
      return { logId, item: logRow(random, plan, account, logId, atMs) }
    },
  }
}

function logRow(random: Random, plan: Plan, account: Account, id: string, atMs: number): Item {
  return row('sync_logs', {
    workspace_id: plan.id,
    id,
    social_account_id: account.id,
    sync_type: 'incremental',
    status: 'completed',
    started_at: new Date(atMs - random.whole(200, 900)),
    completed_at: new Date(atMs + random.whole(20, 400)),
    records_processed: random.whole(1, 12),
    records_failed: random.chance(failureShare) ? 1 : 0,
    error_message: null,
  })
}

/** Runs that failed altogether, with what the network said. */
export function* failedRuns(random: Random, plan: Plan): Generator<Item> {
  const reasons = [
    'The network answered with status 503.',
    'The network did not answer within 30 seconds.',
    'The network asked us to slow down: too many requests.',
  ]
  for (const account of plan.accounts) {
    for (let number = random.whole(1, 3); number > 0; number--) {
      const atMs = plan.calendar.untilMs - random.between(0.05, 1) * loggedMs
      const id = random.uuid(atMs)
      yield row('sync_logs', {
        workspace_id: plan.id,
        id,
        social_account_id: account.id,
        sync_type: 'incremental',
        status: 'failed',
        started_at: new Date(atMs),
        completed_at: new Date(atMs + random.whole(300, 30_000)),
        records_processed: 0,
        records_failed: 0,
        error_message: random.pick(reasons),
      })
    }
  }
}
