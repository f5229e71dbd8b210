import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Existing, existingName, readExisting } from './matrix-existing.ts'
import { casesOf, rareFormFaults, subjects } from './matrix-findings.ts'
import { executableByRequests, reaches, withoutRows } from './matrix-functions.ts'
import { keyVisits } from './matrix-key-visits.ts'
import { scopes } from './matrix-scopes.ts'
import { attempt } from './matrix-tries.ts'
import { materializedViews, viewRows } from './matrix-views.ts'
import { during, type Matrix, openMatrix, visits } from './matrix-visits.ts'
import { copyFaults, functionFaults, prepareWays, viewFaults } from './matrix-way-findings.ts'
import { askers } from './policy-table.ts'

let matrix: Matrix
let existing: ReadonlyMap<string, Existing>
beforeAll(async () => {
  matrix = await openMatrix()
  await prepareWays(matrix)
  existing = await readExisting(matrix, subjects)
})
afterAll(() => matrix.close())

const allVisits = [...visits, ...keyVisits]
/**
 * Who is the same to the database as another who comes: members at a door that is not theirs, whatever their role;
 * keys that read by one scope or another; keys that have ended, in one way or another.
 */
const repeated = [
  /^(admin|manager|editor|analyst|viewer) through (a door to no one workspace|the door of another workspace)$/,
  /^(a person who|job of a workspace that) does not exist$/,
  /^key for ((content|accounts|reports):read alone|viewing everything)$/,
  /^(expired key|key of somebody who is no member any more)$/,
]
const kinds = allVisits.filter(({ name }) => !repeated.some((pattern) => pattern.test(name)))

test('the rare forms are tried by every role and every kind of key, and by everybody who is no member', () => {
  expect(kinds).toHaveLength(allVisits.length - 18)
  expect(new Set(kinds.flatMap(({ mine, theirs }) => [mine, theirs]))).toEqual(
    new Set([...askers, undefined]),
  )
  const heldAlone = kinds.flatMap(({ scopes: held }) => (held?.length === 1 ? held : []))
  expect(heldAlone).toEqual(expect.arrayContaining(scopes.filter((scope) => scope.endsWith(':write'))))
})

test.each(allVisits)('$name: views show what their tables would, and cannot be written', async (visit) => {
  const findings = await during(matrix, visit, async (tx, found) => {
    found.push(...(await viewFaults(tx, matrix, visit)))
  })
  expect(findings).toEqual([])
})

test.each(allVisits)('$name: functions reach no further than the policies', async (visit) => {
  const findings = await during(matrix, visit, async (tx, found) => {
    found.push(...(await functionFaults(tx, matrix, visit)))
  })
  expect(findings).toEqual([])
})

test.each(kinds)('$name: locks, merges, errors and second keys tell and change no more', async (visit) => {
  const findings = await during(matrix, visit, async (tx, found) => {
    for (const tried of casesOf(matrix, visit)) {
      const others = existing.get(existingName(tried.target, tried.subject))?.others ?? []
      found.push(...(await rareFormFaults(tx, tried, others)))
    }
  })
  expect(findings).toEqual([])
})

test.each(kinds)('$name: COPY shows the permitted rows alone, and writes none', async (visit) => {
  expect(await copyFaults(matrix, visit)).toEqual([])
})

test.each(allVisits)('$name: row-level security cannot be switched off', async (visit) => {
  await during(matrix, visit, async (tx) => {
    await sql`select set_config('row_security', 'off', true)`.execute(tx)
    expect(await attempt(tx, 'select count(workspace_id) n from public.content')).toEqual({
      rows: 0,
      error: '42501',
    })
  })
})

test('every function that a request may execute has an expectation, and every expectation a function', async () => {
  const rows = await matrix.world.query<{ name: string }>(executableByRequests)
  expect(rows.map(({ name }) => name).sort()).toEqual([...Object.keys(reaches), ...withoutRows].sort())
})

test('every view has an expectation, and every expectation a view', async () => {
  const rows = await matrix.world.query<{ name: string; kind: string }>(
    `select format('%s.%s', n.nspname, c.relname) as name, c.relkind as kind
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('v', 'm') and n.nspname in ('public', 'app', 'auth', 'analytics', 'ml_data')`,
  )
  const named = (kind: string) => rows.filter((row) => row.kind === kind).map(({ name }) => name)
  expect(named('v').sort()).toEqual([...new Set(viewRows.map(({ view }) => view))].sort())
  expect(named('m').sort()).toEqual([...materializedViews].sort())
})
