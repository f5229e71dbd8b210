/** Each query with and without row-level security, in turns, so that both meet the same moments of the machine. */
import pg from 'pg'
import { loginUrl } from '../../server/src/infra/postgres/pool.ts'
import { median } from '../figure.ts'
import type { BenchEngines } from './bench-engines.ts'
import { connect } from './bench-engines.ts'
import { type Captured, capture, type Statement, withoutRole } from './capture.ts'
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
}

export interface Prepared {
  readonly query: BenchQuery
  /** One for each subject. */
  readonly captured: readonly Captured[]
}

const warmUpRounds = 3

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
  const bound = await connect(engines.app)
  const free = await connect(engines.superuser)
  try {
    const measured: Measured[] = []
    for (const { query, captured } of prepared) {
      measured.push({ name: query.name, ...(await measurePairs({ bound, free }, captured, rounds)) })
    }
    return measured
  } finally {
    await Promise.all([bound.end(), free.end()])
  }
}

export interface Clients {
  readonly bound: pg.Client
  readonly free: pg.Client
}

/** Throws where the two ways do not answer alike: there would be nothing to compare. */
export async function measurePairs({ bound, free }: Clients, captured: readonly Captured[], rounds: number) {
  const withMs: number[] = []
  const withoutMs: number[] = []
  const ratios: number[] = []
  let rows = 0
  for (let round = -warmUpRounds; round < rounds; round++) {
    for (const { entrance, statement } of captured) {
      const protectedRun = () => timed(bound, entrance, statement)
      const freeRun = () => timed(free, withoutRole(entrance), statement)
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
  }
}

/** From sending the statement to its last row, within a transaction that has gone through the door. */
async function timed(client: pg.Client, entrance: Statement, statement: Statement) {
  await client.query('begin')
  await client.query(entrance.text, [...entrance.values])
  const startedAt = performance.now()
  const { rowCount } = await client.query(statement.text, [...statement.values])
  const ms = performance.now() - startedAt
  await client.query('commit')
  return { ms, rows: rowCount ?? 0 }
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

/** The smallest value that this share of all does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const value = values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(values.length * share) - 1)]
  if (value === undefined) throw new Error('there is no quantile of nothing')
  return value
}
