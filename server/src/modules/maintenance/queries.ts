/** The record of duties, and what opens a transaction for them. */
import { sql } from 'kysely'
import type { Doors, Tx } from '../../infra/postgres/doors.ts'
import type { Outcome } from './duty.ts'
import type { Explanation } from './explain-failure.ts'
import type { Cause } from './schema.ts'

/** Any number that only the locks of duties use, as the first half of an advisory lock's key. */
const dutyLocks = 484_106
/** Longer than any one statement of a duty should take on a healthy database. */
const longestStatementMs = 30 * 60_000
const runsKept = 50

/** As `withDispatch`, for statements that may take longer than a request's. */
export const withPatience = <T>(doors: Doors, work: (tx: Tx) => Promise<T>): Promise<T> =>
  doors.withDispatch(async (tx) => {
    await sql`select set_config('statement_timeout', ${String(longestStatementMs)}, true)`.execute(tx)
    return work(tx)
  })

/**
 * Does the work while nobody else does work of this name, on any server; false if somebody else does. The lock is
 * that of a transaction which does nothing: the database takes it back when the process is gone, however it ended.
 */
export const underDutyLock = (doors: Doors, name: string, work: () => Promise<void>): Promise<boolean> =>
  doors.withDispatch(async (tx) => {
    await sql`select set_config('idle_in_transaction_session_timeout', '0', true)`.execute(tx)
    const { rows } = await sql<{ held: boolean }>`
      select pg_try_advisory_xact_lock(${dutyLocks}, hashtext(${name})) as held`.execute(tx)
    if (!rows[0]?.held) return false
    await work()
    return true
  })

/** Only under the duty's lock: whatever still counts as running is of a worker that is gone. */
export async function insertRun(
  tx: Tx,
  run: { duty: string; cause: Cause; requestedBy: string | null },
): Promise<string> {
  await sql`insert into app.maintenance_duties (name) values (${run.duty}) on conflict do nothing`.execute(tx)
  await sql`update app.maintenance_runs set result = 'interrupted', finished_at = clock_timestamp()
    where duty = ${run.duty} and result = 'running'`.execute(tx)
  await sql`delete from app.maintenance_runs where id in (
    select id from app.maintenance_runs where duty = ${run.duty} order by started_at desc offset ${runsKept - 1})`.execute(
    tx,
  )
  // A person who has been deleted since asking is no reason not to run.
  const { rows } = await sql<{ id: string }>`
    insert into app.maintenance_runs (duty, cause, requested_by)
    values (${run.duty}, ${run.cause}, (select id from users where id = ${run.requestedBy}::uuid)) returning id`.execute(
    tx,
  )
  const [row] = rows
  if (!row) throw new Error('the run was not recorded')
  return row.id
}

const ended = sql`finished_at = clock_timestamp(),
  duration_ms = (extract(epoch from clock_timestamp() - started_at) * 1000)::bigint`

export async function updateRunSucceeded(tx: Tx, id: string, outcome: Outcome): Promise<void> {
  const details = JSON.stringify(outcome.details ?? [])
  await sql`with run as (
      update app.maintenance_runs set result = 'succeeded', summary = ${outcome.summary},
        details = ${details}::jsonb, ${ended} where id = ${id} returning duty, finished_at)
    update app.maintenance_duties d set last_succeeded_at = run.finished_at from run where d.name = run.duty`.execute(
    tx,
  )
}

export async function updateRunFailed(tx: Tx, id: string, { message, remedy }: Explanation): Promise<void> {
  await sql`update app.maintenance_runs set result = 'failed', error_message = ${message}, remedy = ${remedy},
    ${ended} where id = ${id}`.execute(tx)
}

export async function updateRunInterrupted(tx: Tx, id: string): Promise<void> {
  await sql`update app.maintenance_runs set result = 'interrupted', ${ended} where id = ${id}`.execute(tx)
}

/** When the run before this one began; undefined before the first. */
export async function findLastStart(tx: Tx, duty: string): Promise<Date | undefined> {
  const { rows } = await sql<{ started_at: Date }>`
    select started_at from app.maintenance_runs where duty = ${duty} order by started_at desc limit 1`.execute(
    tx,
  )
  return rows[0]?.started_at
}

/** Up to where a duty that works by period has done its work. */
export async function findCoveredUntil(tx: Tx, duty: string): Promise<Date | null> {
  const { rows } = await sql<{ covered_until: Date | null }>`
    select covered_until from app.maintenance_duties where name = ${duty}`.execute(tx)
  return rows[0]?.covered_until ?? null
}

/** In the transaction that did the work. Never backwards. */
export async function updateCoveredUntil(tx: Tx, duty: string, until: Date): Promise<void> {
  await sql`update app.maintenance_duties set covered_until = greatest(covered_until, ${until}::timestamptz)
    where name = ${duty}`.execute(tx)
}

export async function isOperator(tx: Tx): Promise<boolean> {
  const { rows } = await sql<{ operator: boolean }>`select app.is_operator() as operator`.execute(tx)
  return rows[0]?.operator ?? false
}

export async function requestDuty(tx: Tx, duty: string): Promise<void> {
  await sql`select app.request_duty(${duty})`.execute(tx)
}
