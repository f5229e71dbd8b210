import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Existing, existingName, readExisting } from './matrix-existing.ts'
import { casesOf, rareFormFaults, subjects } from './matrix-findings.ts'
import { executableByRequests, reaches, withoutRows } from './matrix-functions.ts'
import { keyVisits } from './matrix-key-visits.ts'
import { attempt } from './matrix-tries.ts'
import { materializedViews, viewRows } from './matrix-views.ts'
import { during, type Matrix, openMatrix, visits } from './matrix-visits.ts'
import { copyFaults, functionFaults, prepareWays, viewFaults } from './matrix-way-findings.ts'

let matrix: Matrix
let existing: ReadonlyMap<string, Existing>
beforeAll(async () => {
  matrix = await openMatrix()
  await prepareWays(matrix)
  existing = await readExisting(matrix, subjects)
})
afterAll(() => matrix.close())

const allVisits = [...visits, ...keyVisits]
/** One of each kind: what differs by door or scope has been tried on plain statements. */
const kinds = allVisits.filter(({ name }) =>
  [
    /^(owner|editor|viewer|artist) through the door of their workspace/,
    /^somebody who owns both, through the door of one/,
    /^super admin through the door/,
    /^(anon|no door|job of the workspace|dispatch)$/,
    /^key (of an artist for everything|for content:write alone)$/,
  ].some((kind) => kind.test(name)),
)

test('the rare forms are tried by one visitor of each kind', () => {
  expect(kinds.map(({ name }) => name)).toHaveLength(12)
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

test.each(visits)('$name: row-level security cannot be switched off', async (visit) => {
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
