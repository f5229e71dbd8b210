/** Rules that hold for every table and column, beside those of the security catalogue. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.stop())

const tables = `
  select c.oid, format('%s.%s', n.nspname, c.relname) as name
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ('public', 'analytics', 'ml_data') and c.relkind in ('r', 'p') and not c.relispartition`
const columns = `
  select t.name as table_name, format('%s.%s', t.name, a.attname) as name, a.attname, a.atttypid,
    format_type(a.atttypid, a.atttypmod) as type
  from (${tables}) t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped`

interface Rule {
  readonly rule: string
  readonly query: string
  /** What breaks the rule, and what is then found. */
  readonly breakage: string
  readonly finding: string
}

const rules: readonly Rule[] = [
  {
    rule: 'every table with updated_at keeps it by trigger',
    query: `select c.table_name as finding from (${columns}) c where c.attname = 'updated_at' and not exists (
      select from pg_trigger g where g.tgrelid = c.table_name::regclass and g.tgname = 'touch' and g.tgenabled = 'O')`,
    breakage: 'drop trigger touch on agents',
    finding: 'public.agents',
  },
  {
    rule: 'every table says what it is',
    query: `select t.name as finding from (${tables}) t where obj_description(t.oid, 'pg_class') is null`,
    breakage: 'comment on table agents is null',
    finding: 'public.agents',
  },
  {
    rule: 'an instant is stored with its zone',
    query: `select c.name as finding from (${columns}) c where c.type ~ '^timestamp.* without'`,
    breakage: 'alter table agents add bad timestamp',
    finding: 'public.agents.bad',
  },
  {
    rule: 'no counter of posts, people or runs is a 32-bit integer',
    query: `select c.name as finding from (${columns}) c where c.type in ('integer', 'smallint')
      and c.attname !~ '(_hour|_minutes|_of_week|_of_day|_seconds|_px|rating|retry_count|retries|position|number)$'
      and c.name not in ('public.published_posts.unchanged_syncs', 'public.social_accounts.sync_failures',
        'analytics.benchmark_comparisons.competitors_compared')`,
    breakage: 'alter table agents add views integer',
    finding: 'public.agents.views',
  },
  {
    rule: 'money is numeric(20,6) with its currency beside it',
    query: `select c.name || ' ' || c.type as finding from (${columns}) c
      where c.attname ~ '(earnings|amount|amount_due|budget_\\w+|cpm|revenue_per_user|ltv_estimate|earnings_delta)$'
        and (c.type <> 'numeric(20,6)' or not exists (
          select from pg_attribute a where a.attrelid = c.table_name::regclass and a.attname = 'currency'))`,
    breakage: 'alter table agents add earnings numeric(20,6)',
    finding: 'public.agents.earnings numeric(20,6)',
  },
  {
    rule: 'the role that computes views can write nothing',
    query: `select t.name || ' ' || may.name as finding
      from (${tables}) t cross join (values ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE')) as may (name)
      where has_table_privilege('analytics_reader', t.oid, may.name)
        or (may.name in ('INSERT', 'UPDATE') and has_any_column_privilege('analytics_reader', t.oid, may.name))
      union all select nspname || ' CREATE' from pg_namespace where has_schema_privilege('analytics_reader', oid, 'CREATE')`,
    breakage: 'grant update (name) on agents to analytics_reader',
    finding: 'public.agents UPDATE',
  },
  {
    rule: 'nobody but its owner reads a materialized view',
    query: `select c.relname || ' by ' || r.rolname as finding from pg_class c cross join pg_roles r
      where c.relkind = 'm' and r.rolname in ('authenticated', 'workspace_service', 'service_role', 'dispatch_service', 'heliograph_app')
        and has_table_privilege(r.oid, c.oid, 'SELECT')`,
    breakage: 'grant select on analytics.mv_top_agents to authenticated',
    finding: 'mv_top_agents by authenticated',
  },
  {
    rule: 'a view asks as whoever asks, or is a barrier that filters by workspace',
    query: `select n.nspname || '.' || c.relname as finding from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname in ('public', 'analytics', 'ml_data') and c.relkind = 'v'
        and not coalesce(c.reloptions @> '{security_invoker=true}', false)
        and not (coalesce(c.reloptions @> '{security_barrier=true}', false)
          and pg_get_viewdef(c.oid) like '%app.visible_workspaces(%')`,
    breakage: 'create view bad as select * from agents',
    finding: 'public.bad',
  },
  {
    rule: 'every materialized view can be refreshed while it is read',
    query: `select c.relname as finding from pg_class c where c.relkind = 'm' and (not c.relispopulated or not exists (
      select from pg_index i where i.indrelid = c.oid and i.indisunique and i.indpred is null))`,
    breakage: 'create materialized view analytics.bad as select 1 as one',
    finding: 'bad',
  },
]

const findings = async (query: string) => {
  const rows = await world.query<{ finding: string }>(query)
  return rows.map(({ finding }) => finding)
}

for (const { rule, query } of rules) {
  test(rule, async () => {
    expect(await findings(query)).toEqual([])
  })
}

test.each(rules)('"$rule" fails, naming $finding', async ({ query, breakage, finding }) => {
  // One statement list is one transaction; the error at its end takes everything back.
  const found = await world
    .query(
      `${breakage}; do $$ begin raise exception '%', (select string_agg(finding, '|') from (${query}) f); end $$`,
    )
    .then(
      () => '',
      (error: unknown) => String(error),
    )
  expect(found).toContain(finding)
})
