/** What each way into the tables does otherwise than the policy table says, in words; nothing found: it holds. */
import type { Tx } from '../../src/infra/postgres/doors.ts'
import { type Target, targetOf } from './matrix-rows.ts'
import {
  attempt,
  deleteReturning,
  insertReturning,
  lockRows,
  mergeUpdate,
  moveTo,
  type Outcome,
  ofWorkspace,
  readThroughJoin,
  tellByError,
  truncate,
  unqualified,
  updateReturning,
  upsert,
  upsertByKey,
  waysOf,
} from './matrix-tries.ts'
import type { Matrix, Visit } from './matrix-visits.ts'
import { type Command, commands, isAllowed, policyTable, type Subject } from './policy-table.ts'

export const subjects = Object.keys(policyTable) as Subject[]
const permissionDenied = '42501'
const divisionByZero = '22012'

/** Undefined where the outcome is what it must be. */
export function judge(outcome: Outcome, allowed: boolean): string | undefined {
  if (allowed) return outcome.rows > 0 ? undefined : `is refused (${outcome.error ?? 'no rows'})`
  if (outcome.rows > 0) return `reaches ${outcome.rows} rows`
  return outcome.error && outcome.error !== permissionDenied
    ? `fails otherwise (${outcome.error})`
    : undefined
}

export interface Case {
  readonly subject: Subject
  readonly target: Target
  /** The other workspace than the subject's. */
  readonly elsewhere: string
  readonly allows: (command: Command, of?: Subject) => boolean
  readonly label: string
}

/** Each subject in both workspaces, with what the policy table allows this visit there. */
export function* casesOf(matrix: Matrix, visit: Visit, among = subjects): Generator<Case> {
  const { mine, theirs } = matrix
  for (const [seed, asker, elsewhere] of [
    [mine, visit.mine, theirs.id],
    [theirs, visit.theirs, mine.id],
  ] as const) {
    for (const subject of among) {
      yield {
        subject,
        target: targetOf(subject, seed, visit.userId(matrix)),
        elsewhere,
        allows: (command, of = subject) => asker !== undefined && isAllowed(of, asker, command, visit.scopes),
        label: `${subject} of ${seed === mine ? 'mine' : 'theirs'}`,
      }
    }
  }
}

async function judged(tx: Tx, what: string, statement: string, allowed: boolean): Promise<string[]> {
  const fault = judge(await attempt(tx, statement), allowed)
  return fault ? [`${what} ${fault}: ${statement}`] : []
}

export async function commandFaults(tx: Tx, { target, allows, label }: Case): Promise<string[]> {
  const found: string[] = []
  const ways = waysOf(target)
  for (const command of commands) {
    for (const statement of ways[command]) {
      found.push(...(await judged(tx, `${command} on ${label}`, statement, allows(command))))
    }
  }
  return found
}

/** `existing`: SQL values of the key of a row that exists. Undefined: persons may choose no ids, nor name an old one. */
export async function formFaults(
  tx: Tx,
  { target, allows, label, elsewhere }: Case,
  existing: Readonly<Record<string, string>> | undefined,
  mayChooseIds: boolean,
): Promise<string[]> {
  const joined = allows('select') && allows('select', 'workspaces')
  const returned = allows('insert') && allows('select')
  const upserted = mayChooseIds && allows('insert') && allows('update')
  return [
    ...(await judged(tx, `a join with ${label}`, readThroughJoin(target), joined)),
    ...(await judged(tx, `insert returning on ${label}`, insertReturning(target), returned)),
    ...(await judged(tx, `a move of ${label}`, moveTo(target, elsewhere), false)),
    ...(existing ? await judged(tx, `an upsert on ${label}`, upsert(target, existing), upserted) : []),
  ]
}

/** Forms that differ by how the database works them off, not by what the policies say. */
export async function rareFormFaults(
  tx: Tx,
  { target, allows, label }: Case,
  existing: readonly Readonly<Record<string, string>>[],
): Promise<string[]> {
  const updates = allows('update') && allows('select')
  const found = [
    ...(await judged(tx, `update returning on ${label}`, updateReturning(target), updates)),
    ...(await judged(
      tx,
      `delete returning on ${label}`,
      deleteReturning(target),
      allows('delete') && allows('select'),
    )),
    ...(await judged(tx, `merge into ${label}`, mergeUpdate(target), updates)),
    ...(await judged(tx, `select for update on ${label}`, lockRows(target), updates)),
  ]
  const truncated = await attempt(tx, truncate(target))
  if (truncated.error !== permissionDenied) found.push(`truncate of ${label}: ${JSON.stringify(truncated)}`)
  for (const key of existing) {
    const columns = Object.keys(key)
    // Whoever cannot read a secret cannot ask whether it is there.
    const readable = !columns.some((column) => column.endsWith('_hash'))
    const allowed = readable && updates && allows('insert')
    found.push(
      ...(await judged(tx, `an upsert by ${columns} on ${label}`, upsertByKey(target, key), allowed)),
    )
  }
  const told = await attempt(tx, tellByError(target))
  const expected = allows('select') ? divisionByZero : undefined
  if (
    told.rows > 0 ||
    (told.error !== permissionDenied && told.error !== expected) ||
    (expected && !told.error)
  )
    found.push(`an error tells ${label}: ${JSON.stringify(told)}`)
  return found
}

export async function widthFaults(tx: Tx, matrix: Matrix, { target, label }: Case): Promise<string[]> {
  const found: string[] = []
  for (const command of ['update', 'delete'] as const) {
    const named = [
      await attempt(tx, ofWorkspace(target, matrix.mine.id)[command]),
      await attempt(tx, ofWorkspace(target, matrix.theirs.id)[command]),
    ]
    const all = await attempt(tx, unqualified(target)[command])
    const errors = named.flatMap(({ error }) => error ?? [])
    const rows = named.reduce((sum, outcome) => sum + outcome.rows, 0)
    const alike =
      all.error === undefined ? errors.length === 0 && all.rows === rows : errors.includes(all.error)
    if (!alike) found.push(`${command} on ${label}: ${JSON.stringify({ all, named })}`)
  }
  return found
}
