/** What a query function sends to the database, word for word, so that it can be sent again in other circumstances. */
import { Kysely, PostgresDialect } from 'kysely'
import type pg from 'pg'
import { createDoors, type Doors } from '../../server/src/infra/postgres/doors.ts'
import type { DB } from '../../server/src/infra/postgres/schema.generated.ts'

export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

export interface Captured {
  /** The door's own statement: binds the transaction to a role and to claims. */
  readonly entrance: Statement
  readonly statement: Statement
}

/** Runs the work once through doors that write down what passes, and gives the one statement that it sends. */
export async function capture(pool: pg.Pool, work: (doors: Doors) => Promise<unknown>): Promise<Captured> {
  const passed: Statement[] = []
  const db = new Kysely<DB>({
    dialect: new PostgresDialect({ pool }),
    log(event) {
      passed.push({ text: event.query.sql, values: event.query.parameters })
    },
  })
  await work(createDoors(db))
  const [entrance, statement, ...rest] = passed.filter(({ text }) => !/^(begin|commit)\b/.test(text))
  if (!entrance || !statement || rest.length || !entrance.text.includes("set_config('role'"))
    throw new Error(`a query is measured by its one statement, but it sent ${passed.length - 2}`)
  return { entrance, statement }
}
