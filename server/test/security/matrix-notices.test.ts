/** A matrix that finds nothing guards nothing: each weakness here must be named by it. */
import { CompiledQuery, sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Tx } from '../../src/infra/postgres/doors.ts'
import {
  casesOf,
  commandFaults,
  formFaults,
  rareFormFaults,
  subjects,
  widthFaults,
} from './matrix-findings.ts'
import { executableByRequests, reaches, withoutRows } from './matrix-functions.ts'
import { keyVisits } from './matrix-key-visits.ts'
import { tableOf } from './matrix-scopes.ts'
import { type Matrix, openMatrix, type Visit, visits } from './matrix-visits.ts'
import {
  comeAgain,
  copyFaults,
  functionFaults,
  prepareWays,
  settingsOf,
  viewFaults,
} from './matrix-way-findings.ts'

let matrix: Matrix
beforeAll(async () => {
  matrix = await openMatrix()
  await prepareWays(matrix)
})
afterAll(() => matrix.close())

class TakeBack extends Error {}

/** Lets the visitor in by the settings of their door, on a connection that has weakened the database before. */
async function duringBreakage(
  visit: Visit,
  breakage: string,
  tries: (tx: Tx) => Promise<string[]>,
): Promise<string[]> {
  const { claims, workspace, role } = await settingsOf(matrix, visit)
  let found: string[] = []
  await matrix.superuser
    .transaction()
    .execute(async (tx) => {
      await sql.raw(breakage).execute(tx)
      await tx.executeQuery(CompiledQuery.raw(comeAgain, [claims, workspace, role]))
      found = await tries(tx)
      throw new TakeBack()
    })
    .catch((error: unknown) => {
      if (!(error instanceof TakeBack)) throw error
    })
  return found
}

function visitNamed(name: string): Visit {
  const visit = [...visits, ...keyVisits].find((each) => each.name === name)
  if (!visit) throw new Error(`nobody comes as ${name}`)
  return visit
}

/** All plain and rare forms on the rows of one table. */
const formsOn = (table: string) => async (tx: Tx, visit: Visit) => {
  const found: string[] = []
  const among = subjects.filter((subject) => tableOf(subject) === table)
  for (const tried of casesOf(matrix, visit, among)) {
    found.push(...(await commandFaults(tx, tried)))
    found.push(...(await formFaults(tx, tried, undefined, false)))
    found.push(...(await rareFormFaults(tx, tried, [])))
    found.push(...(await widthFaults(tx, matrix, tried)))
  }
  return found
}
const viewsOf = (tx: Tx, visit: Visit) => viewFaults(tx, matrix, visit)
const functionsOf = (tx: Tx, visit: Visit) => functionFaults(tx, matrix, visit)

const stranger = 'stranger through the door of the workspace'
const ownerOfBoth = 'somebody who owns both, through the door of one'
const breakages: readonly {
  readonly weakness: string
  readonly breakage: string | ((matrix: Matrix) => string)
  readonly visitor: string
  readonly tries: (tx: Tx, visit: Visit) => Promise<string[]>
  readonly finding: string
}[] = [
  {
    weakness: 'a policy for everybody',
    breakage: 'alter policy member_select on content using (true)',
    visitor: 'nobody through a door to no one workspace',
    tries: formsOn('content'),
    finding: 'select on content of mine reaches',
  },
  {
    weakness: 'a table without row-level security',
    breakage: 'alter table artists disable row level security',
    visitor: stranger,
    tries: formsOn('artists'),
    finding: 'select on artists: another of mine reaches',
  },
  {
    weakness: 'a right one role too low',
    breakage: `alter policy member_update on campaigns
      using (workspace_id = app.opened_to('viewer')) with check (true)`,
    visitor: 'viewer through the door of their workspace',
    tries: formsOn('campaigns'),
    finding: 'update on campaigns of mine reaches',
  },
  {
    weakness: 'a right one role too high',
    breakage: `alter policy member_select on campaigns using (workspace_id = app.opened_to('editor'))`,
    visitor: 'viewer through the door of their workspace',
    tries: formsOn('campaigns'),
    finding: 'select on campaigns of mine is refused',
  },
  {
    weakness: 'a grant too many',
    breakage: 'grant delete on media to authenticated',
    visitor: 'owner through the door of their workspace',
    tries: formsOn('media'),
    finding: 'delete on media of mine fails otherwise',
  },
  {
    weakness: 'a grant to truncate',
    breakage: 'grant truncate on agent_feedback to authenticated',
    visitor: stranger,
    tries: formsOn('agent_feedback'),
    finding: 'truncate of agent_feedback of mine',
  },
  {
    weakness: 'a new row that may lie anywhere',
    breakage: 'alter policy member_insert on campaigns with check (true)',
    visitor: stranger,
    tries: formsOn('campaigns'),
    finding: 'insert on campaigns of mine reaches',
  },
  {
    weakness: 'a row that may be moved',
    breakage: `grant update (workspace_id) on campaigns to authenticated;
      alter policy member_select on campaigns using (true); alter policy member_update on campaigns with check (true)`,
    visitor: 'owner through the door of their workspace',
    tries: formsOn('campaigns'),
    finding: 'a move of campaigns of mine reaches',
  },
  {
    weakness: 'a door that opens whatever is named',
    breakage: `create or replace function app.enter(claims jsonb) returns text language plpgsql as $$
      begin
        perform set_config('request.jwt.claims', claims::text, true), set_config('app.opened_as', 'owner', true),
          set_config('app.opened_workspace', claims ->> 'workspace_id', true);
        return 'authenticated';
      end $$`,
    visitor: stranger,
    tries: formsOn('content'),
    finding: 'select on content of mine reaches',
  },
  {
    weakness: 'a door that is not narrow',
    breakage: ({ theirs }) =>
      `create or replace function app.opened_to(least_role workspace_role) returns uuid
         language sql stable return '${theirs.id}'::uuid`,
    visitor: ownerOfBoth,
    tries: formsOn('content'),
    finding: 'select on content of theirs reaches',
  },
  {
    weakness: 'statements of other artists',
    breakage: `alter policy member_select on royalty_statements
      using (workspace_id = app.opened_to('artist') and status <> 'draft')`,
    visitor: 'artist through the door of their workspace',
    tries: formsOn('royalty_statements'),
    finding: 'select on royalty_statements: of another artist of mine reaches',
  },
  {
    weakness: 'an operator who looks into workspaces',
    breakage: ({ superAdmin }) =>
      `create policy operators on content for select to authenticated using (auth.uid() = '${superAdmin}')`,
    visitor: 'super admin through a door to no one workspace',
    tries: formsOn('content'),
    finding: 'select on content of theirs reaches',
  },
  {
    weakness: 'something for whoever is not signed in',
    breakage: `grant usage on schema public to anon; grant select on workspaces to anon;
      create policy open on workspaces for select to anon using (true)`,
    visitor: 'anon',
    tries: formsOn('workspaces'),
    finding: 'select on workspaces of mine reaches',
  },
  {
    weakness: 'a scope that is not asked for',
    breakage: 'drop policy key_select on content',
    visitor: 'key for analytics:read alone',
    tries: formsOn('content'),
    finding: 'select on content of mine reaches',
  },
  {
    weakness: 'a key that reads back what it may only write',
    breakage: 'drop policy key_select on analytics.user_activity',
    visitor: 'key for events:write alone',
    tries: formsOn('analytics.user_activity'),
    finding: 'insert returning on analytics.user_activity of mine reaches',
  },
  {
    weakness: 'a key that outlives its revocation',
    breakage: `create or replace function app.acting_key()
      returns table (workspace_id uuid, role workspace_role, scopes api_scope[])
      language sql stable security definer set search_path = '' as $$
        select k.workspace_id, k.role, k.scopes from public.api_keys k
        where k.created_by = auth.uid() and k.id = (auth.jwt() ->> 'api_key_id')::uuid $$`,
    visitor: 'revoked key',
    tries: formsOn('content'),
    finding: 'select on content of mine reaches',
  },
  {
    weakness: 'a view with the rights of its owner',
    breakage: 'alter view content_performance set (security_invoker = false)',
    visitor: stranger,
    tries: viewsOf,
    finding: 'public.content_performance of mine reaches',
  },
  {
    weakness: 'a materialized view within reach',
    breakage: 'grant select on analytics.mv_top_agents to authenticated',
    visitor: stranger,
    tries: viewsOf,
    finding: 'analytics.mv_top_agents of mine reaches',
  },
  {
    weakness: 'a search that does not ask who searches',
    breakage: `create or replace function app.may_read(workspace_id uuid, least_role workspace_role) returns boolean
      language sql stable as 'select true'`,
    visitor: stranger,
    tries: functionsOf,
    finding: 'app.search_content(uuid, text, integer) on mine reaches',
  },
  {
    weakness: 'a key that knows the people',
    breakage: `create or replace function app.is_key() returns boolean language sql stable as 'select false'`,
    visitor: 'key for content:write alone',
    tries: functionsOf,
    finding: 'app.fellow_users() on mine reaches',
  },
]

test.each(breakages)('$weakness is named', async ({ breakage, visitor, tries, finding }) => {
  const visit = visitNamed(visitor)
  const statement = typeof breakage === 'string' ? breakage : breakage(matrix)
  const found = await duringBreakage(visit, statement, (tx) => tries(tx, visit))
  expect(
    found.some((text) => text.startsWith(finding)),
    `found instead: ${found}`,
  ).toBe(true)
  // Unbroken, the same visitor finds nothing wrong.
  expect(await duringBreakage(visit, 'select 1', (tx) => tries(tx, visit))).toEqual([])
})

test('COPY that goes past the policies is named', async () => {
  const found = await copyFaults(
    matrix,
    visitNamed(stranger),
    'alter table campaigns disable row level security',
  )
  expect(found.some((text) => text.startsWith('copy out of campaigns of mine reaches'))).toBe(true)
  expect(
    (
      await copyFaults(
        matrix,
        visitNamed('owner through the door of their workspace'),
        'alter table campaigns disable row level security',
      )
    ).some((text) => text.startsWith('copy into campaigns is not refused')),
  ).toBe(true)
})

test('a new function without an expectation is named', async () => {
  const visit = visitNamed('no door')
  const found = await duringBreakage(
    visit,
    `create function app.new_one(a text) returns int language sql as 'select 1';
     revoke execute on function app.new_one from public;
     grant execute on function app.new_one to authenticated`,
    async (tx) => {
      const { rows } = await sql.raw<{ name: string }>(executableByRequests).execute(tx)
      const known = new Set([...Object.keys(reaches), ...withoutRows])
      return rows.map(({ name }) => name).filter((name) => !known.has(name))
    },
  )
  expect(found).toEqual(['app.new_one(text)'])
})
