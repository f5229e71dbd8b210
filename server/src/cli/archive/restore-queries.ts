/** The SQL of restoring, as the owner of the database. A restored table lies where detached partitions lie. */
import { sql } from 'kysely'
import type { Tx } from '../../infra/postgres/doors.ts'

/** Any number that only restoring uses, as the first half of an advisory lock's key. */
const restoreLocks = 484_107
/** Of what belongs to the installation in the audit log, and was never deleted. */
const noWorkspace = '00000000-0000-0000-0000-000000000000'

const tableOf = (name: string) => sql.id('partitions', name)

/** For this transaction: statements over a whole month, and pauses while its file is read. */
export async function waitLong(tx: Tx): Promise<void> {
  await sql`select set_config('statement_timeout', '30min', true),
    set_config('idle_in_transaction_session_timeout', '10min', true)`.execute(tx)
}

/** False while another transaction restores the same. */
export async function lockRestoring(tx: Tx, name: string): Promise<boolean> {
  const { rows } = await sql<{ held: boolean }>`
    select pg_try_advisory_xact_lock(${restoreLocks}, hashtext(${name})) as held`.execute(tx)
  return rows[0]?.held ?? false
}

export async function isRestored(tx: Tx, name: string): Promise<boolean> {
  const { rows } = await sql<{ there: boolean }>`
    select to_regclass(format('partitions.%I', ${name}::text)) is not null as there`.execute(tx)
  return rows[0]?.there ?? false
}

/**
 * Columns and key as the table has them today. What came to it since the rows left may be absent, so that nothing but the
 * key is demanded. As with detached partitions there are no grants and no policies, so that the owner alone reads it.
 */
export async function createRestoredTable(tx: Tx, name: string, tableName: string): Promise<void> {
  const table = tableOf(name)
  await sql`create table ${table} as table ${sql.table(tableName)} with no data`.execute(tx)
  const { rows } = await sql<{ definition: string }>`
    select pg_get_constraintdef(oid) as definition from pg_constraint
    where conrelid = ${tableName}::regclass and contype = 'p'`.execute(tx)
  const [key] = rows
  if (!key) throw new Error(`${tableName} has no key`)
  await sql`alter table ${table} add ${sql.raw(key.definition)}`.execute(tx)
  await sql`alter table ${table} enable row level security`.execute(tx)
  await sql`comment on table ${table} is 'Restored from the archive to be looked at; attached to nothing. Drop it when done.'`.execute(
    tx,
  )
}

/** What a row has and the table has not; all rows of a file have the same columns. */
export async function findUnknownColumns(tx: Tx, name: string, row: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select jsonb_object_keys(${row}::jsonb) as name
    except select attname from pg_attribute
      where attrelid = format('partitions.%I', ${name}::text)::regclass and attnum > 0 and not attisdropped
    order by 1`.execute(tx)
  return rows.map((found) => found.name)
}

export interface Inserted {
  readonly present: readonly string[]
  readonly leftOut: ReadonlyMap<string, number>
}

/** Puts rows in, but those of workspaces that are not there any more; counts both by workspace. */
export async function insertRows(tx: Tx, name: string, lines: readonly string[]): Promise<Inserted> {
  const table = tableOf(name)
  const { rows } = await sql<{ workspace_id: string; is_there: boolean; held: number }>`
    with given as materialized (
      select line::jsonb as value, (line::jsonb ->> 'workspace_id')::uuid as workspace_id from unnest(${lines}::text[]) line
    ), owners as materialized (
      select g.workspace_id, count(*) as held,
        g.workspace_id = ${noWorkspace} or exists (select from public.workspaces w where w.id = g.workspace_id) as is_there
      from given g group by 1
    ), put as (
      insert into ${table} select r.*
      from given g join owners o on o.workspace_id = g.workspace_id and o.is_there
      cross join lateral jsonb_populate_record(null::${table}, g.value) r
    )
    select workspace_id, is_there, held from owners`.execute(tx)
  return {
    present: rows.filter((row) => row.is_there).map((row) => row.workspace_id),
    leftOut: countsOf(rows.filter((row) => !row.is_there)),
  }
}

/**
 * From now on rows go with their workspace, as those of the table do; until the transaction ends no workspace is deleted.
 * False for the audit log, whose lines outlive what they speak of.
 */
export async function bindToWorkspaces(tx: Tx, name: string, tableName: string): Promise<boolean> {
  const { rows } = await sql<{ bound: boolean }>`
    select exists (select from pg_constraint where conrelid = ${tableName}::regclass and contype = 'f') as bound`.execute(
    tx,
  )
  if (!rows[0]?.bound) return false
  // Whoever makes or changes a workspace waits behind this.
  await sql`select set_config('lock_timeout', '5s', true)`.execute(tx)
  await sql`alter table ${tableOf(name)} add foreign key (workspace_id) references public.workspaces on delete cascade
    not valid`.execute(tx)
  return true
}

/** Of the workspaces whose rows went in, those that were deleted meanwhile. */
export async function removeRowsOfDeleted(
  tx: Tx,
  name: string,
  workspaceIds: ReadonlySet<string>,
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ workspace_id: string; held: number }>`
    with removed as (
      delete from ${tableOf(name)} where workspace_id in (
        select id from unnest(${[...workspaceIds]}::uuid[]) id where id <> ${noWorkspace}
        except select w.id from public.workspaces w)
      returning workspace_id)
    select workspace_id, count(*) as held from removed group by 1`.execute(tx)
  return countsOf(rows)
}

export async function countRestored(tx: Tx, name: string): Promise<number> {
  const { rows } = await sql<{ held: number }>`select count(*) as held from ${tableOf(name)}`.execute(tx)
  return rows[0]?.held ?? 0
}

const countsOf = (rows: readonly { workspace_id: string; held: number }[]) =>
  new Map(rows.map((row) => [row.workspace_id, row.held]))
