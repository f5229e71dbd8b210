/** Who reads what is sensitive: nothing without telling, and for whoever tells a line that stays. */
import { CompiledQuery, sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sensitiveTables } from '../../src/infra/postgres/doors.ts'
import { keyVisits } from './matrix-key-visits.ts'
import { targetOf } from './matrix-rows.ts'
import { tableOf } from './matrix-scopes.ts'
import { attempt } from './matrix-tries.ts'
import { during, type Matrix, openMatrix, visits } from './matrix-visits.ts'
import { comeAgain, settingsOf } from './matrix-way-findings.ts'
import { isAllowed } from './policy-table.ts'
import {
  readableTo,
  readLinesOf,
  requests,
  sensitiveSubjects,
  untoldFaults,
  visitNamed,
} from './sensitive-tries.ts'

const owner = 'owner through the door of their workspace'
const artist = 'artist through the door of their workspace'

let matrix: Matrix
beforeAll(async () => {
  matrix = await openMatrix()
})
afterAll(() => matrix.close())

test.each(requests)('$name: no row of a sensitive table is seen untold, by any statement', async (visit) => {
  expect(
    await during(
      matrix,
      visit,
      async (tx, found) => void found.push(...(await untoldFaults(tx, matrix, visit))),
      [],
    ),
  ).toEqual([])
})

test.each(sensitiveTables)('telling of %s opens no other sensitive table', async (told) => {
  for (const visit of [visitNamed(owner), visitNamed(artist)]) {
    await during(
      matrix,
      visit,
      async (tx) => {
        for (const table of sensitiveTables) {
          const among = sensitiveSubjects.filter((subject) => tableOf(subject) === table)
          const may = among.some((subject) => visit.mine && isAllowed(subject, visit.mine, 'select'))
          const { rows } = await attempt(tx, `select count(*) n from public.${table}`)
          expect(rows > 0, `${visit.name}: ${table}`).toBe(may && table === told)
        }
      },
      [told],
    )
  }
})

test.each(requests)(
  '$name: each sensitive table that is told and may be read leaves one line, with who and when, and no other does',
  async (visit) => {
    let actedAs = ''
    let claims: { api_key_id?: string } = {}
    const lines = await readLinesOf(matrix, () =>
      visit.enter(matrix, async (tx) => {
        const { rows } = await sql<{ role: string; claims: string }>`
          select current_user::text as role, current_setting('request.jwt.claims') as claims`.execute(tx)
        actedAs = rows[0]?.role ?? ''
        claims = JSON.parse(rows[0]?.claims ?? '{}')
      }),
    )
    const expected = (['mine', 'theirs'] as const).flatMap((workspace) =>
      readableTo(visit, workspace).map((table) => ({
        workspace_id: matrix[workspace].id,
        table_name: `public.${table}`,
        row_id: null,
        user_id: visit.userId(matrix),
        api_key_id: claims.api_key_id ?? null,
        acted_as: actedAs,
        in_time: true,
      })),
    )
    expect(lines).toEqual(expected.sort((a, b) => (a.table_name < b.table_name ? -1 : 1)))
  },
)

test('whoever comes as somebody is tried, and the tables open to some of them, by role, by scope and by door', () => {
  const everybody = [...visits, ...keyVisits].filter((visit) => visit.userId(matrix) !== undefined)
  expect(requests).toEqual(everybody)
  const told = requests.map((visit) => ({
    visit,
    tables: [...readableTo(visit, 'mine'), ...readableTo(visit, 'theirs')],
  }))
  const named = (length: number) =>
    told.filter(({ tables }) => tables.length === length).map(({ visit }) => visit.name)
  expect(named(3)).toEqual(expect.arrayContaining([owner, 'stranger through their own door']))
  expect(named(2)).toEqual(expect.arrayContaining([artist, 'key for royalties:read alone']))
  expect(named(0)).toEqual(
    expect.arrayContaining([
      'viewer through the door of their workspace',
      'owner through a door to no one workspace',
      'stranger through the door of the workspace',
      'super admin through the door of the workspace',
      'key for content:read alone',
      'revoked key',
    ]),
  )
})

test('telling of something that is no sensitive table is an error that names it, whoever asks', async () => {
  for (const name of [
    'content',
    'public.audit_log',
    `audit_log' or true --`,
    'audit_log,royalty_lines',
    '',
  ]) {
    for (const sub of [matrix.mine.people.owner, matrix.memberless]) {
      const claims = { sub, workspace_id: matrix.mine.id, reads: ['audit_log', name] }
      const entered = matrix.withoutDoor
        .transaction()
        .execute((tx) => tx.executeQuery(CompiledQuery.raw('select app.enter($1)', [JSON.stringify(claims)])))
      await expect(entered, name).rejects.toMatchObject({
        code: '22023',
        message: `no read of ${name} is told: it is no sensitive table`,
      })
    }
  }
})

test('COPY, a view and a second entrance show no more than was told', async () => {
  const client = matrix.copying
  const { claims, workspace, role } = await settingsOf(matrix, visitNamed(owner))
  const count = async (statement: string) => (await client.query(statement)).rowCount
  const enter = (reads: readonly string[]) =>
    client.query(comeAgain, [JSON.stringify({ ...JSON.parse(claims), reads }), workspace, role])
  await client.query('begin')
  try {
    for (const table of sensitiveTables) {
      await client.query(`create view public.seen_${table} with (security_invoker) as select * from public.${table};
        grant select on public.seen_${table} to authenticated`)
    }
    const shown = async () => {
      const counts = []
      for (const table of sensitiveTables) {
        const { where } = targetOf(
          sensitiveSubjects.find((subject) => tableOf(subject) === table) ?? 'audit_log',
          matrix.mine,
          undefined,
        )
        for (const source of [table, `seen_${table}`])
          counts.push(await count(`copy (select 1 from public.${source} where ${where}) to stdout`))
      }
      return counts
    }
    await enter(sensitiveTables)
    expect(await shown()).toEqual([1, 1, 1, 1, 1, 1])
    await client.query('reset role')
    await enter([])
    expect(await shown()).toEqual([0, 0, 0, 0, 0, 0])
  } finally {
    await client.query('rollback')
  }
})

test('the doors know the sensitive tables of the database, to the last one', async () => {
  const kept = await matrix.world.query<{ name: string }>(
    'select table_name as name from app.sensitive_tables order by 1',
  )
  expect(kept.map(({ name }) => name)).toEqual(sensitiveTables.toSorted())
})

/** A weakness must be named by what was tried above. */
test.each([
  [
    'a table whose reads are not asked for',
    'drop policy told_select on royalty_lines',
    owner,
    'select on royalty_lines',
  ],
  [
    'a question that always says yes',
    `create or replace function app.read_told(table_name text) returns boolean language sql stable return true`,
    artist,
    'select on royalty_statements: issued of mine reaches',
  ],
  [
    'a role that is not asked',
    'alter policy told_select on audit_log to api_client',
    owner,
    'select on audit_log of mine reaches',
  ],
])('%s is named', async (_, breakage, visitor, finding) => {
  const visit = visitNamed(visitor)
  const { claims, workspace, role } = await settingsOf(matrix, visit)
  const untold = JSON.stringify({ ...JSON.parse(claims), reads: [] })
  let found: string[] = []
  await matrix.superuser
    .transaction()
    .execute(async (tx) => {
      await sql.raw(breakage).execute(tx)
      await tx.executeQuery(CompiledQuery.raw(comeAgain, [untold, workspace, role]))
      found = await untoldFaults(tx, matrix, visit)
      throw new Error('taken back')
    })
    .catch((error: Error) => {
      if (error.message !== 'taken back') throw error
    })
  expect(
    found.some((text) => text.startsWith(finding)),
    `found instead: ${found}`,
  ).toBe(true)
})
