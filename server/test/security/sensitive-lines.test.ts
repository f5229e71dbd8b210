/** The lines that reads of what is sensitive leave in the audit log: who sees them, and that they stay. */
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type SensitiveTable, sensitiveTables, type Tx } from '../../src/infra/postgres/doors.ts'
import { attempt } from './matrix-tries.ts'
import { type Matrix, openMatrix } from './matrix-visits.ts'
import { readLinesOf } from './sensitive-tries.ts'

const permissionDenied = '42501'

let matrix: Matrix
beforeAll(async () => {
  matrix = await openMatrix()
})
afterAll(() => matrix.close())

const doors = () => matrix.world.app.services.doors
const asOwner = <T>(work: (tx: Tx) => Promise<T>, reads: readonly SensitiveTable[] = []) =>
  doors().withActor({ userId: matrix.mine.people.owner }, matrix.mine.id, work, { reads })

test('a read that is told twice leaves one line, one that is not told none, and one that is taken back none', async () => {
  const nothing = async () => undefined
  expect(await readLinesOf(matrix, () => asOwner(nothing, ['audit_log', 'audit_log']))).toHaveLength(1)
  expect(await readLinesOf(matrix, () => asOwner(nothing))).toEqual([])
  const failing = () =>
    asOwner(
      async (tx) => {
        expect((await attempt(tx, 'select count(*) n from audit_log')).rows).toBeGreaterThan(0)
        throw new Error('taken back')
      },
      ['audit_log'],
    )
  expect(await readLinesOf(matrix, () => expect(failing()).rejects.toThrow('taken back'))).toEqual([])
})

test('a read is seen in the audit log by who may read that, and in no other workspace', async () => {
  const { mine, theirs } = matrix
  const analyst = mine.people.analyst
  await doors().withActor({ userId: analyst }, mine.id, async () => undefined, { reads: ['royalty_lines'] })
  const seenBy = (userId: string, workspaceId: string) =>
    doors().withActor(
      { userId },
      workspaceId,
      async (tx) => {
        const rows = await tx
          .selectFrom('audit_log')
          .select(['table_name', 'operation', 'user_id', 'workspace_id'])
          .where('operation', '=', 'read')
          .where('user_id', 'in', [analyst, userId])
          .execute()
        return rows.map(({ table_name, user_id }) => [table_name, user_id].join(' '))
      },
      { reads: ['audit_log'] },
    )
  const line = `public.royalty_lines ${analyst}`
  for (const userId of [mine.people.owner, mine.people.admin]) {
    expect(await seenBy(userId, mine.id)).toEqual(
      expect.arrayContaining([line, `public.audit_log ${userId}`]),
    )
  }
  expect(await seenBy(analyst, mine.id)).toEqual([])
  expect(await seenBy(theirs.people.owner, theirs.id)).not.toContain(line)
  expect(await seenBy(theirs.people.owner, mine.id)).toEqual([])
})

test('nobody who comes through a door can change, delete or forge the line of a read', async () => {
  const { mine } = matrix
  await asOwner(async () => undefined, ['royalty_statements'])
  const tries = async (tx: Tx) => {
    for (const statement of [
      `update audit_log set acted_as = 'nobody' where operation = 'read'`,
      `update audit_log set user_id = null`,
      `delete from audit_log where operation = 'read'`,
      `delete from audit_log`,
      `truncate audit_log`,
      `insert into audit_log (workspace_id, table_name, operation, acted_as) values ('${mine.id}', 'public.audit_log', 'read', 'x')`,
      `select count(*) n from (select app.tell_reads('{audit_log}', 'authenticated')) told`,
      `select count(*) n from (select app.enter('{}')) entered`,
      `select count(*) n from (select app.log_reads('content', 'viewer')) logged`,
      `update app.sensitive_tables set least_role = 'artist'`,
    ]) {
      expect(await attempt(tx, statement), statement).toEqual({ rows: 0, error: permissionDenied })
    }
  }
  await asOwner(tries, sensitiveTables)
  await doors().withWorkspace(mine.id, tries)
  await doors().withDispatch(tries)
})

test('jobs read what is sensitive without a line, for they are no persons', async () => {
  const { mine } = matrix
  const lines = await readLinesOf(matrix, async () => {
    const { rows } = await doors().withWorkspace(mine.id, (tx) =>
      attempt(tx, `select count(*) n from royalty_lines where workspace_id = '${mine.id}'`),
    )
    expect(rows).toBe(3)
  })
  expect(lines).toEqual([])
})

test('a change that names no column is made untold, shows no row, and leaves its own lines', async () => {
  await asOwner(async (tx) => {
    expect(await attempt(tx, `update royalty_statements set notes = 'x'`)).toEqual({ rows: 3 })
    expect(await attempt(tx, `update royalty_statements set notes = amount_due::text`)).toEqual({ rows: 0 })
  })
  await asOwner((tx) => sql`update royalty_statements set notes = 'x'`.execute(tx))
  const lines = await matrix.world.query(
    `select from audit_log where table_name = 'public.royalty_statements' and operation = 'update' and workspace_id = $1`,
    [matrix.mine.id],
  )
  expect(lines).toHaveLength(3)
})

test('a line of a change names the row, whoever writes it', async () => {
  const line = (operation: string) =>
    matrix.world.query(
      `insert into audit_log (workspace_id, table_name, operation, acted_as)
       values ($1, 'public.content', $2::audit_operation, 'postgres') returning id`,
      [matrix.mine.id, operation],
    )
  for (const operation of ['insert', 'update', 'delete'])
    await expect(line(operation)).rejects.toMatchObject({ constraint: 'audit_log_names_the_row' })
  expect(await line('read')).toHaveLength(1)
})
