/** The ways that lead around a plain statement on a table: views, functions and COPY. */
import { sql } from 'kysely'
import pg from 'pg'
import type { Tx } from '../../src/infra/postgres/doors.ts'
import { judge, subjects } from './matrix-findings.ts'
import { type Caller, reaches } from './matrix-functions.ts'
import { targetOf } from './matrix-rows.ts'
import { tableOf } from './matrix-scopes.ts'
import { attempt, type Outcome } from './matrix-tries.ts'
import { materializedViews, viewRows } from './matrix-views.ts'
import { during, type Matrix, type Visit } from './matrix-visits.ts'
import { isAllowed } from './policy-table.ts'

const permissionDenied = '42501'
const notWithRowSecurity = '0A000'

/** Fills what the views are made of, and gives the functions something to find. */
export async function prepareWays({ world }: Matrix): Promise<void> {
  await world.query(`update content set hashtags = '{secret}'`)
  await world.query(`update published_posts set hashtags = '{secret}'`)
  await world.query('select analytics.refresh_all_materialized_views()')
}

/** The visitor as each workspace knows them. */
function* callersOf(matrix: Matrix, visit: Visit) {
  for (const [seed, asker] of [
    [matrix.mine, visit.mine],
    [matrix.theirs, visit.theirs],
  ] as const) {
    const caller: Caller = {
      asker,
      scopes: visit.scopes,
      userId: visit.userId(matrix),
      isOperator: [matrix.superAdmin, matrix.mine.people.viewer].some((id) => id === visit.userId(matrix)),
      allows: (command, of) => asker !== undefined && isAllowed(of, asker, command, visit.scopes),
    }
    yield { seed, caller, label: seed === matrix.mine ? 'mine' : 'theirs' }
  }
}

export async function viewFaults(tx: Tx, matrix: Matrix, visit: Visit): Promise<string[]> {
  const found: string[] = []
  for (const { seed, caller, label } of callersOf(matrix, visit)) {
    for (const { view, like, where, handedOut } of viewRows) {
      const named = `workspace_id = '${seed.id}' and ${where?.(seed) ?? 'true'}`
      const allowed =
        like.every((subject) => caller.allows('select', subject)) &&
        !(handedOut && caller.asker === 'analytics reader')
      for (const statement of [
        `select count(workspace_id) n from ${view} where ${named}`,
        `select count(*) filter (where ${named}) n from ${view}`,
      ]) {
        const fault = judge(await attempt(tx, statement), allowed)
        if (fault) found.push(`${view} of ${label} ${fault}: ${statement}`)
      }
      const written = await attempt(tx, `delete from ${view} where ${named}`)
      if (!written.error) found.push(`${view} of ${label} can be written`)
    }
    for (const view of materializedViews) {
      const statement = `select count(*) n from ${view} where workspace_id = '${seed.id}'`
      const fault = judge(await attempt(tx, statement), caller.asker === 'analytics reader')
      if (fault) found.push(`${view} of ${label} ${fault}`)
    }
  }
  return found
}

export async function functionFaults(tx: Tx, matrix: Matrix, visit: Visit): Promise<string[]> {
  const found: string[] = []
  for (const { seed, caller, label } of callersOf(matrix, visit)) {
    for (const [name, { call, allowed, refusal }] of Object.entries(reaches)) {
      const outcome = await attempt(tx, call(seed))
      if (refusal && outcome.error === refusal) continue
      const fault = judge(outcome, allowed(caller))
      if (fault) found.push(`${name} on ${label} ${fault}: ${call(seed)}`)
    }
  }
  return found
}

async function copied(client: pg.Client, statement: string): Promise<Outcome> {
  await client.query('savepoint copying')
  try {
    const { rowCount } = await client.query(statement)
    return { rows: rowCount ?? 0 }
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error
    return { rows: 0, error: error.code ?? 'unknown' }
  } finally {
    await client.query('rollback to savepoint copying')
  }
}

/**
 * COPY out shows what SELECT shows; COPY in is refused, as PostgreSQL does under row-level security.
 * `breakage`: a statement that weakens the database beforehand, and is taken back.
 */
export async function copyFaults(matrix: Matrix, visit: Visit, breakage?: string): Promise<string[]> {
  const settings = await settingsOf(matrix, visit)
  const client = matrix.copying
  const found: string[] = []
  await client.query('begin')
  try {
    if (breakage) await client.query(breakage)
    await client.query(comeAgain, [settings.claims, settings.workspace, settings.role])
    const tables = new Set<string>()
    for (const { seed, caller, label } of callersOf(matrix, visit)) {
      for (const subject of subjects) {
        const { table, tenant, where, fresh } = targetOf(subject, seed, caller.userId)
        const query = `copy (select ${tenant} from ${table} where ${where}) to stdout`
        const fault = judge(await copied(client, query), caller.allows('select', subject))
        if (fault) found.push(`copy out of ${subject} of ${label} ${fault}: ${query}`)
        if (tables.has(table)) continue
        tables.add(table)
        const into = await copied(client, `copy ${table} (${Object.keys(fresh).join(', ')}) from stdin`)
        if (into.error !== permissionDenied && into.error !== notWithRowSecurity)
          found.push(`copy into ${tableOf(subject)} is not refused: ${JSON.stringify(into)}`)
        const all = await copied(client, `copy ${table} (${tenant}) to stdout`)
        // Of a partitioned table PostgreSQL copies what lies in no partition, which is nothing.
        const seen = [
          await copied(client, `select ${tenant} from ${table}`),
          await copied(client, `select ${tenant} from only ${table}`),
        ]
        if (!seen.some(({ rows, error }) => all.rows === rows && all.error === error))
          found.push(`copy of ${table} shows ${JSON.stringify(all)}, a select ${JSON.stringify(seen)}`)
      }
    }
  } finally {
    await client.query('rollback')
  }
  return found
}

/** Comes in by the settings of a door, those of a request through `app.enter`: as it stands by then. */
export const comeAgain = `
  select set_config('request.jwt.claims', $1, true), set_config('app.workspace_id', $2, true),
    set_config('role', case when strpos($1, '"sub"') > 0 then app.enter($1::jsonb) else $3 end, true)`

/** What the visitor's door sets, so that another connection can come in by it. */
export async function settingsOf(matrix: Matrix, visit: Visit) {
  const settings = { claims: '', workspace: '', role: 'none' }
  await during(matrix, visit, async (tx) => {
    const { rows } = await sql<typeof settings>`
      select coalesce(current_setting('request.jwt.claims', true), '') as claims,
        coalesce(current_setting('app.workspace_id', true), '') as workspace, current_user::text as role`.execute(
      tx,
    )
    Object.assign(settings, rows[0])
  })
  return settings
}
