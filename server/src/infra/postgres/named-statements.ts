/**
 * Statements that a connection prepares once and is then asked for by name. Planning is most of what a statement of a
 * screen costs, with row-level security and partitions more than otherwise (docs/measured.md).
 */
import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely'
import pg from 'pg'

/**
 * So many different texts get a name in a process; what comes later is planned every time. Every connection keeps the
 * plan of each statement that it has seen, and a text that is put together anew each time must not fill it.
 */
const mostNames = 500
/** The columns of what was prepared are not those of the tables any more: a migration has run meanwhile. */
const planOutdated = '0A000'

/** The same pool for Kysely, with names for all statements that have parameters. */
export function withNamedStatements(pool: pg.Pool, most = mostNames): PostgresPool {
  const names = statementNames(most)
  const named = new WeakMap<pg.PoolClient, PostgresPoolClient>()
  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      const client = await pool.connect()
      const known = named.get(client) ?? nameStatements(client, names)
      named.set(client, known)
      return known
    },
  }
}

function nameStatements(client: pg.PoolClient, names: ReturnType<typeof statementNames>): PostgresPoolClient {
  async function query<R>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<R>> {
    const name = values.length ? names.nameOf(text) : undefined
    try {
      const result = await client.query({ text, values: [...values], ...(name ? { name } : {}) })
      return result as PostgresQueryResult<R>
    } catch (error) {
      if (error instanceof pg.DatabaseError && error.code === planOutdated) names.forget()
      throw error
    }
  }
  // Kysely asks with a cursor only where it was given one.
  return { query: query as PostgresPoolClient['query'], release: (destroy) => client.release(destroy) }
}

function statementNames(most: number) {
  let names = new Map<string, string>()
  let generation = 0
  return {
    nameOf(text: string): string | undefined {
      const found = names.get(text)
      if (found || names.size >= most) return found
      const name = `s${generation}_${names.size}`
      names.set(text, name)
      return name
    },
    /** From now on every statement is prepared anew, under another name. */
    forget() {
      names = new Map()
      generation += 1
    },
  }
}
