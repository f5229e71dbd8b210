/** Every way in which a statement can go for the rows of a target, and what came of it. */
import { sql } from 'kysely'
import type { Tx } from '../../src/infra/postgres/doors.ts'
import type { Target } from './matrix-rows.ts'
import type { Command } from './policy-table.ts'

export interface Outcome {
  /** Rows that were read or changed; none after an error. */
  readonly rows: number
  /** SQLSTATE of the refusal. */
  readonly error?: string
}

const begun = new WeakSet<Tx>()

/** Runs one statement and takes it back, so that the next one finds everything as it was. */
export async function attempt(tx: Tx, statement: string): Promise<Outcome> {
  // It outlives every return to it.
  if (!begun.has(tx)) await sql`savepoint try`.execute(tx)
  begun.add(tx)
  try {
    const { rows, numAffectedRows } = await sql.raw<{ n?: number }>(statement).execute(tx)
    return { rows: Number(numAffectedRows ?? rows[0]?.n ?? 0) }
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error
    return { rows: 0, error: String(error.code) }
  } finally {
    await sql`rollback to savepoint try`.execute(tx)
  }
}

const insertInto = ({ table }: Target, row: Readonly<Record<string, string>>) =>
  `insert into ${table} (${Object.keys(row).join(', ')}) values (${Object.values(row).join(', ')})`

/** A row that exists written once more under its own key: `existing` holds the key as SQL values. */
export function upsert(target: Target, existing: Readonly<Record<string, string>>): string {
  const { key, change, fresh } = target
  return `${insertInto(target, { ...fresh, ...existing })} on conflict (${key.join(', ')}) do update set ${change}`
}

/** By command, the ways to use it on just the target's rows. All of a command must end alike. */
export function waysOf(target: Target): Readonly<Record<Command, readonly string[]>> {
  const { table, tenant, where, change, fresh } = target
  return {
    select: [
      `select count(${tenant}) n from ${table} where ${where}`,
      `select count(*) filter (where ${where}) n from ${table}`,
      `select count(*) n from (select ${tenant} as tenant from ${table} where ${where}) t
         right join generate_series(1, 1) on true where t.tenant is not null`,
    ],
    insert: [insertInto(target, fresh)],
    update: [`update ${table} set ${change} where ${where}`],
    delete: [`delete from ${table} where ${where}`],
  }
}

export const readThroughJoin = ({ table, tenant, where }: Target) =>
  `select count(*) n from public.workspaces w
   join (select ${tenant} as tenant from ${table} where ${where}) t on t.tenant = w.id`
export const insertReturning = (target: Target) =>
  `${insertInto(target, target.fresh)} returning ${target.tenant}`
export const unqualified = ({ table, change }: Target) => ({
  update: `update ${table} set ${change}`,
  delete: `delete from ${table}`,
})
export const ofWorkspace = ({ table, tenant, change }: Target, workspaceId: string) => ({
  update: `update ${table} set ${change} where ${tenant} = '${workspaceId}'`,
  delete: `delete from ${table} where ${tenant} = '${workspaceId}'`,
})
export const moveTo = ({ table, tenant, where }: Target, workspaceId: string) =>
  `update ${table} set ${tenant} = '${workspaceId}' where ${where}`
/** A new row of the target's workspace that points at `foreign`, a row of another one. */
export const crossing = (target: Target, column: string, foreign: string) =>
  insertInto(target, { ...target.fresh, [column]: foreign })

/** A row that exists met by one of its other unique keys, and changed there. */
export const upsertByKey = (target: Target, existing: Readonly<Record<string, string>>) =>
  `${insertInto(target, { ...target.fresh, ...existing })}
   on conflict (${Object.keys(existing).join(', ')}) do update set ${target.change}`
export const updateReturning = ({ table, tenant, where, change }: Target) =>
  `update ${table} set ${change} where ${where} returning ${tenant}`
export const deleteReturning = ({ table, tenant, where }: Target) =>
  `delete from ${table} where ${where} returning ${tenant}`
export const mergeUpdate = ({ table, where, change }: Target) =>
  `merge into ${table} using (values (1)) as given (one) on ${where} when matched then update set ${change}`
export const lockRows = ({ table, tenant, where }: Target) =>
  `select count(*) n from (select ${tenant} from ${table} where ${where} for update) locked`
/** Divides by zero for every row that it gets to see, which the text of the error would tell. */
export const tellByError = ({ table, tenant, where }: Target) =>
  `select count(${tenant}) n from ${table} where ${where} and 1 / (length(${tenant}::text) - 36) = 1`
export const truncate = ({ table }: Target) => `truncate ${table} cascade`
