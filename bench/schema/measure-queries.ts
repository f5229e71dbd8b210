/** Each query with and without row-level security, in turns, so that both meet the same moments of the machine. */
import { createHash } from 'node:crypto'
import pg from 'pg'
import { loginUrl } from '../../server/src/infra/postgres/pool.ts'
import { median } from '../figure.ts'
import type { BenchEngines } from './bench-engines.ts'
import { connect } from './bench-engines.ts'
import { type Captured, capture, type Statement } from './capture.ts'
import { createFreeRoles, freeSuffix } from './free-roles.ts'
import { type BenchQuery, queries } from './queries.ts'
import type { Subject } from './subjects.ts'

export interface Measured {
  readonly name: string
  readonly rows: number
  readonly withP50Ms: number
  readonly withP99Ms: number
  readonly withoutP50Ms: number
  readonly withoutP99Ms: number
  /** Median of the ratios of neighbours. */
  readonly ratio: number
  /** What the door's own statement takes, once in a transaction: not part of the figures above. */
  readonly doorP50Ms: number
}

export interface Prepared {
  readonly query: BenchQuery
  /** One for each subject. */
  readonly captured: readonly Captured[]
}

/** A connection plans a named statement five times before it settles on a plan for all values. */
const warmUpRounds = 6

/** What the queries send, for each subject: the database is asked once through the product's own doors. */
export async function prepareQueries(
  engines: BenchEngines,
  subjects: readonly Subject[],
): Promise<Prepared[]> {
  const pool = new pg.Pool({ connectionString: loginUrl(engines.app), max: 1 })
  pool.on('error', () => undefined)
  try {
    const prepared: Prepared[] = []
    for (const query of queries) {
      const captured: Captured[] = []
      for (const subject of subjects) captured.push(await capture(pool, (doors) => query.run(doors, subject)))
      prepared.push({ query, captured })
    }
    return prepared
  } finally {
    await pool.end()
  }
}

export async function measureQueries(
  engines: BenchEngines,
  prepared: readonly Prepared[],
  rounds: number,
): Promise<Measured[]> {
  const superuser = await connect(engines.superuser)
  try {
    await createFreeRoles(superuser)
    const measured: Measured[] = []
    for (const { query, captured } of prepared) {
      measured.push({ name: query.name, ...(await measurePairs(superuser, captured, rounds)) })
    }
    return measured
  } finally {
    await superuser.end()
  }
}

/**
 * Both ways on one connection: two of them may run on cores that are unlike at the moment, which on a statement of
 * 0.05 ms doubles its time. Throws where the two do not answer alike: there would be nothing to compare.
 */
export async function measurePairs(superuser: pg.Client, captured: readonly Captured[], rounds: number) {
  const withMs: number[] = []
  const withoutMs: number[] = []
  const ratios: number[] = []
  const doorMs: number[] = []
  let rows = 0
  for (let round = -warmUpRounds; round < rounds; round++) {
    for (const each of captured) {
      const protectedRun = () => timed(superuser, each, '')
      const freeRun = () => timed(superuser, each, freeSuffix)
      // There and back, so that whoever comes first has no advantage over the pair.
      const order =
        round % 2
          ? [freeRun, protectedRun, protectedRun, freeRun]
          : [protectedRun, freeRun, freeRun, protectedRun]
      const runs = []
      for (const run of order) runs.push({ run, ...(await run()) })
      const counts = new Set(runs.map((one) => one.rows))
      if (counts.size > 1)
        throw new Error('row-level security changes the answer: there is nothing to compare')
      if (round < 0) continue
      const within = runs.filter(({ run }) => run === protectedRun).map(({ ms }) => ms)
      const outside = runs.filter(({ run }) => run === freeRun).map(({ ms }) => ms)
      withMs.push(...within)
      doorMs.push(...runs.filter(({ run }) => run === protectedRun).map((one) => one.doorMs))
      withoutMs.push(...outside)
      ratios.push(sum(within) / sum(outside))
      rows = Math.max(rows, ...counts)
    }
  }
  return {
    rows,
    withP50Ms: quantile(withMs, 0.5),
    withP99Ms: quantile(withMs, 0.99),
    withoutP50Ms: quantile(withoutMs, 0.5),
    withoutP99Ms: quantile(withoutMs, 0.99),
    ratio: median(ratios),
    doorP50Ms: quantile(doorMs, 0.5),
  }
}

/**
 * From sending the statement to its last row, within a transaction that has gone through the door, and prepared by its
 * name as the product's pools do. `suffix`: of the role that is taken on instead of the one to which the door leads.
 */
async function timed(client: pg.Client, { entrance, statement }: Captured, suffix: string) {
  await client.query('begin')
  const door = await named(client, entrance, '')
  await client.query(`select set_config('role', current_user || $1, true)`, [suffix])
  const { ms, rows } = await named(client, statement, suffix)
  // A read that leaves a line in what is read must find the same number of rows the next time.
  await client.query('rollback')
  return { ms, rows, doorMs: door.ms }
}

async function named(client: pg.Client, { text, values }: Statement, suffix: string) {
  const name = createHash('sha1').update(text).digest('hex') + suffix
  const startedAt = performance.now()
  const { rowCount } = await client.query({ name, text, values: [...values] })
  return { ms: performance.now() - startedAt, rows: rowCount ?? 0 }
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

/** The smallest value that this share of all does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const value = values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(values.length * share) - 1)]
  if (value === undefined) throw new Error('there is no quantile of nothing')
  return value
}
