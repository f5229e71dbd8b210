import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Existing, existingName, readExisting } from './matrix-existing.ts'
import { casesOf, commandFaults, formFaults, subjects, widthFaults } from './matrix-findings.ts'
import { keyVisits } from './matrix-key-visits.ts'
import { targetOf } from './matrix-rows.ts'
import { tableOf } from './matrix-scopes.ts'
import { crossing } from './matrix-tries.ts'
import { during, type Matrix, openMatrix, visits } from './matrix-visits.ts'
import { renderPolicyTable } from './policy-table.ts'

const foreignKeyViolation = '23503'

let matrix: Matrix
let existing: ReadonlyMap<string, Existing>
beforeAll(async () => {
  matrix = await openMatrix()
  existing = await readExisting(matrix, subjects)
})
afterAll(() => matrix.close())

const everybody = [...visits, ...keyVisits]

test.each(everybody)('$name: every command does what the policy table says', async (visit) => {
  const findings = await during(matrix, visit, async (tx, found) => {
    for (const tried of casesOf(matrix, visit)) found.push(...(await commandFaults(tx, tried)))
  })
  expect(findings).toEqual([])
})

test.each(everybody)('$name: no form of a statement goes around the policies', async (visit) => {
  const findings = await during(matrix, visit, async (tx, found) => {
    for (const tried of casesOf(matrix, visit)) {
      const { subject, target } = tried
      // The number of an outbox row is always given by the database.
      const key = subject === 'outbox' ? undefined : existing.get(existingName(target, subject))?.primary
      // Persons may not choose the ids of new rows, nor therefore name an old one.
      found.push(...(await formFaults(tx, tried, key, visit.userId(matrix) === undefined)))
    }
  })
  expect(findings).toEqual([])
})

test.each(everybody)(
  '$name: a statement that names no workspace changes no more than one that does',
  async (visit) => {
    const findings = await during(matrix, visit, async (tx, found) => {
      // Kinds of rows of one table, in either workspace, make the same statement.
      const done = new Set<string>()
      for (const tried of casesOf(matrix, visit)) {
        const { table, change } = tried.target
        if (done.has(`${table} ${change}`)) continue
        done.add(`${table} ${change}`)
        found.push(...(await widthFaults(tx, matrix, tried)))
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
  const covered = new Set(subjects.map(tableOf))
  expect(rows.map(({ relname }) => relname).filter((name) => !covered.has(name))).toEqual([])
})

test('ARCHITECTURE.md shows exactly this policy table', async () => {
  const text = await readFile(new URL('../../../ARCHITECTURE.md', import.meta.url), 'utf8')
  const shown = /<!-- policy table -->\n([\s\S]*?)\n<!-- \/policy table -->/.exec(text)?.[1]
  expect(shown).toBe(renderPolicyTable())
})
