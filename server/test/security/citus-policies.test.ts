/** What Citus would ask of the policies of tenant tables, and that they would still say the same. */
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tenantTables } from './catalogue-checks.ts'
import { type CatalogueClient, openCatalogue } from './catalogue-client.ts'
import { type SeededWorkspace, seedWorkspace } from './matrix-rows.ts'

let catalogue: CatalogueClient
let client: pg.Client
let seed: SeededWorkspace
beforeAll(async () => {
  catalogue = await openCatalogue()
  client = catalogue.client
  seed = await seedWorkspace(catalogue.world, 'distributed')
})
afterAll(() => catalogue?.close())

/**
 * Policies alone are not as Citus wants them: policy.c refuses a subquery, and ours ask in one, once per statement
 * (docs/decisions/0008). For an installation that must be distributed this is the form that would be needed.
 */
const withoutSubqueries = `
  do $$
  declare
    old record;
    asks constant text = '\\( SELECT ((app|auth)\\.\\w+\\(([^()]|\\([^()]*\\))*\\)) AS \\w+\\)';
  begin
    for old in
      select p.polname, t.name, regexp_replace(pg_get_expr(p.polqual, t.oid), asks, '\\1', 'g') as using_now,
        regexp_replace(pg_get_expr(p.polwithcheck, t.oid), asks, '\\1', 'g') as check_now
      from (select oid, oid::regclass as name from (${tenantTables}) tenant) t join pg_policy p on p.polrelid = t.oid
      where concat(p.polqual, p.polwithcheck) like '%{SUBLINK%'
    loop
      execute format('alter policy %I on %s %s %s', old.polname, old.name,
        'using (' || old.using_now || ')', 'with check (' || old.check_now || ')');
    end loop;
  end
  $$`
const policiesWithSubqueries = `
  select t.relname || '.' || p.polname as name from (${tenantTables}) t join pg_policy p on p.polrelid = t.oid
  where concat(p.polqual, p.polwithcheck) like '%{SUBLINK%'`

/** How many rows of each tenant table whoever comes in this way sees. */
async function rowsShown(settings: Record<string, string>, claims?: object): Promise<Record<string, number>> {
  const { rows: tables } = await client.query<{ name: string }>(
    `select t.oid::regclass::text as name from (${tenantTables}) t order by 1`,
  )
  await client.query('savepoint entrance')
  for (const [name, value] of Object.entries(settings))
    await client.query('select set_config($1, $2, true)', [name, value])
  if (claims) await client.query(`select set_config('role', app.enter($1), true)`, [JSON.stringify(claims)])
  const shown: Record<string, number> = {}
  for (const { name } of tables) {
    await client.query('savepoint before')
    try {
      const { rows } = await client.query<{ n: string }>(`select count(*) as n from ${name}`)
      shown[name] = Number(rows[0]?.n)
    } catch (error) {
      // Tables that are closed to a role stay closed.
      if (!(error instanceof pg.DatabaseError) || error.code !== '42501') throw error
      await client.query('rollback to before')
      shown[name] = -1
    }
  }
  // The role, the settings, and the lines that a read of the audit log leaves in it.
  await client.query('rollback to entrance')
  return shown
}

test('the policies lose nothing but the word select where Citus wants them without subqueries, and show the same rows', async () => {
  const other = await seedWorkspace(catalogue.world, 'neighbour')
  const reads = ['audit_log', 'royalty_statements', 'royalty_lines']
  const asPerson = (sub: string) => rowsShown({}, { sub, workspace_id: seed.id, reads })
  const everybody = async () => ({
    owner: await asPerson(seed.people.owner),
    viewer: await asPerson(seed.people.viewer),
    artist: await asPerson(seed.people.artist),
    stranger: await asPerson(other.people.owner),
    job: await rowsShown({
      'request.jwt.claims': '{}',
      'app.workspace_id': seed.id,
      role: 'workspace_service',
    }),
    dispatch: await rowsShown({
      'request.jwt.claims': '{}',
      'app.workspace_id': '',
      role: 'dispatch_service',
    }),
  })
  const shown = await catalogue.undone(async () => {
    const before = await everybody()
    expect((await client.query(policiesWithSubqueries)).rowCount).toBeGreaterThan(0)
    await client.query(withoutSubqueries)
    expect((await client.query(policiesWithSubqueries)).rows).toEqual([])
    expect(await everybody()).toEqual(before)
    return before
  })
  const seen = (rows: Record<string, number>) => Object.values(rows).filter((n) => n > 0).length
  expect(seen(shown.owner)).toBeGreaterThan(35)
  expect(seen(shown.artist)).toBeGreaterThan(2)
  expect(seen(shown.job)).toBeGreaterThan(35)
  expect(shown.stranger).toEqual(
    Object.fromEntries(Object.keys(shown.stranger).map((name) => [name, shown.owner[name] === -1 ? -1 : 0])),
  )
})
