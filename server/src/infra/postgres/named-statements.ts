/**
 * Statements that a connection prepares once and is then asked for by name. Planning is most of what a statement of a
 * screen costs, with row-level security and partitions more than otherwise (docs/measured.md).
 */
import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely'
import pg from 'pg'

/**
 * So many different texts get a name on the connections of a pool; what comes later is planned every time. Every
 * connection keeps the plan of each statement that it has seen, up to 0.7 MB where it goes over all partitions.
 */
const mostNames = 200
/** The columns of what was prepared are not those of the tables any more: a migration has run meanwhile. */
const planOutdated = { code: '0A000', routine: 'RevalidateCachedQuery' }

interface Names {
  nameOf(text: string): string | undefined
  /** From now on every statement is prepared anew, if this is still the name of one. */
  forget(name: string): void
}

/** What connections have prepared stays, whoever uses them: one set of names for a pool. */
const namesOfPools = new WeakMap<pg.Pool, Names>()

/** The same pool for Kysely, with names for all statements that have parameters. */
export function withNamedStatements(pool: pg.Pool, most = mostNames): PostgresPool {
  const names = namesOfPools.get(pool) ?? statementNames(most)
  namesOfPools.set(pool, names)
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

function nameStatements(client: pg.PoolClient, names: Names): PostgresPoolClient {
  async function query<R>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<R>> {
    const name = values.length ? names.nameOf(text) : undefined
    try {
      const result = await client.query({ text, values: [...values], ...(name ? { name } : {}) })
      return result as PostgresQueryResult<R>
    } catch (error) {
      if (name && isOutdated(error)) names.forget(name)
      throw error
    }
  }
  // Kysely asks with a cursor only where it was given one.
  return { query: query as PostgresPoolClient['query'], release: (destroy) => client.release(destroy) }
}

const isOutdated = (error: unknown) =>
  error instanceof pg.DatabaseError &&
  error.code === planOutdated.code &&
  error.routine === planOutdated.routine

function statementNames(most: number): Names {
  let names = new Map<string, string>()
  let generation = 0
  return {
    nameOf(text) {
      const found = names.get(text)
      if (found || names.size >= most) return found
      const name = `s${generation}_${names.size}`
      names.set(text, name)
      return name
    },
    forget(name) {
      // Another statement of the same migration may have failed before, on another connection.
      if (!name.startsWith(`s${generation}_`)) return
      names = new Map()
      generation += 1
    },
  }
}
