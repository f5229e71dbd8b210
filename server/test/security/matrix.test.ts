import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { targetOf } from './matrix-rows.ts'
import {
  attempt,
  crossing,
  insertReturning,
  moveTo,
  type Outcome,
  ofWorkspace,
  readThroughJoin,
  unqualified,
  upsert,
  waysOf,
} from './matrix-tries.ts'
import { during, type Matrix, openMatrix, type Visit, visits } from './matrix-visits.ts'
import {
  type Command,
  commands,
  isAllowed,
  policyTable,
  renderPolicyTable,
  type Subject,
} from './policy-table.ts'

const subjects = Object.keys(policyTable) as Subject[]
const permissionDenied = '42501'
const foreignKeyViolation = '23503'

let matrix: Matrix
/** SQL values of the keys of rows that exist, by workspace and subject. */
const existingKeys = new Map<string, Record<string, string>>()

beforeAll(async () => {
  matrix = await openMatrix()
  for (const seed of [matrix.mine, matrix.theirs]) {
    for (const subject of subjects) {
      const { table, key, where } = targetOf(subject, seed, seed.people.owner)
      const columns = key.map((column) => `quote_literal(${column}) as ${column}`)
      const rows = await matrix.world.query<Record<string, string>>(
        `select ${columns.join(', ')} from ${table} where ${where} limit 1`,
      )
      expect(rows, `${subject} has a row to try on`).toHaveLength(1)
      existingKeys.set(`${seed.id} ${subject}`, rows[0] ?? {})
    }
  }
})
afterAll(() => matrix.close())

function judge(outcome: Outcome, allowed: boolean): string | undefined {
  if (allowed) return outcome.rows > 0 ? undefined : `is refused (${outcome.error ?? 'no rows'})`
  if (outcome.rows > 0) return `reaches ${outcome.rows} rows`
  return outcome.error && outcome.error !== permissionDenied
    ? `fails otherwise (${outcome.error})`
    : undefined
}

/** Each subject in both workspaces, with what the policy table allows this visit there. */
function* cases(visit: Visit) {
  const { mine, theirs } = matrix
  for (const [seed, asker] of [
    [mine, visit.mine],
    [theirs, visit.theirs],
  ] as const) {
    for (const subject of subjects) {
      const target = targetOf(subject, seed, visit.userId(matrix))
      const allows = (command: Command, of = subject) => asker !== undefined && isAllowed(of, asker, command)
      yield { subject, seed, target, allows, label: `${subject} of ${seed === mine ? 'mine' : 'theirs'}` }
    }
  }
}

test.each(visits)('$name: every command does what the policy table says', async (visit) => {
  const findings = await during(matrix, visit, async (tx, found) => {
    for (const { target, allows, label } of cases(visit)) {
      const ways = waysOf(target)
      for (const command of commands) {
        for (const statement of ways[command]) {
          const fault = judge(await attempt(tx, statement), allows(command))
          if (fault) found.push(`${command} on ${label} ${fault}: ${statement}`)
        }
      }
    }
  })
  expect(findings).toEqual([])
})

test.each(visits)('$name: no form of a statement goes around the policies', async (visit) => {
  const findings = await during(matrix, visit, async (tx, found) => {
    const expectAllowed = async (what: string, statement: string, allowed: boolean) => {
      const fault = judge(await attempt(tx, statement), allowed)
      if (fault) found.push(`${what} ${fault}: ${statement}`)
    }
    for (const { subject, seed, target, allows, label } of cases(visit)) {
      const joined = allows('select') && allows('select', 'workspaces')
      await expectAllowed(`a join with ${label}`, readThroughJoin(target), joined)
      const returned = allows('insert') && allows('select')
      await expectAllowed(`insert returning on ${label}`, insertReturning(target), returned)
      const elsewhere = seed === matrix.mine ? matrix.theirs.id : matrix.mine.id
      await expectAllowed(`a move of ${label}`, moveTo(target, elsewhere), false)
      const existing = existingKeys.get(`${seed.id} ${subject}`)
      // The number of an outbox row is always given by the database.
      if (!existing || subject === 'outbox') continue
      // Persons may not choose the ids of new rows, nor therefore name an old one.
      const mayUpsert = visit.userId(matrix) === undefined && allows('insert') && allows('update')
      await expectAllowed(`an upsert on ${label}`, upsert(target, existing), mayUpsert)
    }
  })
  expect(findings).toEqual([])
})

test.each(visits)(
  '$name: a statement that names no workspace changes no more than one that does',
  async (visit) => {
    const findings = await during(matrix, visit, async (tx, found) => {
      for (const { target, label } of cases(visit)) {
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
      }
    })
    expect(findings).toEqual([])
  },
)

test('a foreign key to a row of another workspace is refused, also past all policies', async () => {
  let tried = 0
  for (const subject of subjects) {
    const target = targetOf(subject, matrix.mine, undefined)
    const foreign = targetOf(subject, matrix.theirs, undefined)
    for (const [column, value] of Object.entries(foreign.references)) {
      tried += 1
      const statement = crossing(target, column, value)
      await expect(matrix.world.query(statement), statement).rejects.toMatchObject({
        code: foreignKeyViolation,
      })
    }
  }
  expect(tried).toBeGreaterThanOrEqual(10)
})

test('every tenant table has its line in the policy table', async () => {
  const rows = await matrix.world.query<{ relname: string }>(
    `select case nspname when 'public' then '' else nspname || '.' end || c.relname as relname
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     join pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace_id'
     where nspname in ('public', 'analytics', 'ml_data') and c.relkind in ('r', 'p') and not c.relispartition`,
  )
  const covered = new Set(subjects.map((subject) => subject.split(':')[0]))
  expect(rows.map(({ relname }) => relname).filter((name) => !covered.has(name))).toEqual([])
})

test('ARCHITECTURE.md shows exactly this policy table', async () => {
  const text = await readFile(new URL('../../../ARCHITECTURE.md', import.meta.url), 'utf8')
  const shown = /<!-- policy table -->\n([\s\S]*?)\n<!-- \/policy table -->/.exec(text)?.[1]
  expect(shown).toBe(renderPolicyTable())
})
