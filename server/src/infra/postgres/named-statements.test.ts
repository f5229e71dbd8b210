import { Kysely, PostgresDialect, sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../../../test/world.ts'
import { createLog } from '../log.ts'
import { withNamedStatements } from './named-statements.ts'
import { createPool } from './pool.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.stop())

/** One connection, so that everything meets what was prepared before. */
async function onOneConnection(work: (db: Kysely<unknown>) => Promise<void>, most?: number): Promise<void> {
  const pool = createPool(world.owner, { name: 'named', max: 1, log: createLog('silent') })
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: withNamedStatements(pool, most) }) })
  try {
    await work(db)
  } finally {
    await db.destroy()
  }
}
const prepared = async (db: Kysely<unknown>) =>
  (
    await sql<{ statement: string; plans: number }>`
      select statement, (generic_plans + custom_plans)::int as plans from pg_prepared_statements order by name`.execute(
      db,
    )
  ).rows

test('a statement with parameters is prepared once for a connection, however often it is asked', () =>
  onOneConnection(async (db) => {
    for (let value = 0; value < 8; value++) {
      const { rows } = await sql<{ doubled: number }>`select ${value}::int * 2 as doubled`.execute(db)
      expect(rows).toEqual([{ doubled: value * 2 }])
    }
    await sql`select 'without parameters'`.execute(db)
    expect(await prepared(db)).toEqual([{ statement: 'select $1::int * 2 as doubled', plans: 8 }])
  }))

test('what is asked in ever new words does not fill a connection', () =>
  onOneConnection(async (db) => {
    for (const column of ['a', 'b', 'c', 'd']) {
      const { rows } = await sql`select ${1}::int as ${sql.ref(column)}`.execute(db)
      expect(rows).toEqual([{ [column]: 1 }])
    }
    expect(await prepared(db)).toHaveLength(2)
  }, 2))

test('a statement over a table that a migration widens meanwhile fails at most once', () =>
  onOneConnection(async (db) => {
    const ask = () => sql`select * from widened where a = ${1}`.execute(db)
    await sql`create table widened (a int)`.execute(db)
    await sql`insert into widened values (1)`.execute(db)
    expect((await ask()).rows).toEqual([{ a: 1 }])
    await sql`alter table widened add column b int`.execute(db)
    await expect(ask()).rejects.toMatchObject({ code: '0A000' })
    expect((await ask()).rows).toEqual([{ a: 1, b: null }])
  }))

test('what fails otherwise is not taken for that: nothing is prepared anew', () =>
  onOneConnection(async (db) => {
    await sql`select ${1}::int as kept`.execute(db)
    for (let time = 0; time < 3; time++) {
      // Refused with the same code.
      await expect(
        sql`select count(*) from pg_class where oid = ${1} for update`.execute(db),
      ).rejects.toMatchObject({
        code: '0A000',
      })
      await sql`select ${1}::int as kept`.execute(db)
    }
    expect(await prepared(db)).toEqual([{ statement: 'select $1::int as kept', plans: 4 }])
  }))

test('two who share a pool share the names', async () => {
  const pool = createPool(world.owner, { name: 'shared', max: 1, log: createLog('silent') })
  const shared = () =>
    new Kysely<unknown>({ dialect: new PostgresDialect({ pool: withNamedStatements(pool) }) })
  try {
    expect((await sql`select ${1}::int as a`.execute(shared())).rows).toEqual([{ a: 1 }])
    expect((await sql`select ${2}::int as b`.execute(shared())).rows).toEqual([{ b: 2 }])
  } finally {
    await pool.end()
  }
})
