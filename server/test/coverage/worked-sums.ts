/** What the tests of the summing functions share. */
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { World } from '../world.ts'
import type { Place, Row } from './worked-place.ts'

/** New ids in the order in which the database has them. */
export const ids = (count: number) => Array.from({ length: count }, () => randomUUID()).sort()

export async function agentsOf(place: Place, count: number): Promise<readonly string[]> {
  const agents = ids(count)
  await place.insert(
    'agents',
    agents.map((id) => ({ id, name: 'agent' })),
  )
  return agents
}

const withoutStamps = ({ id, created_at, updated_at, ...row }: Row): Row => row

/** Calls a function as dispatch does; what it returned, and the rows that the workspace then has. */
export async function summed(world: World, place: Place, table: string, call: string) {
  const { rows } = await world.app.services.doors.withDispatch((tx) =>
    sql<{ count: number }>`select ${sql.raw(call)}::int as count`.execute(tx),
  )
  return { count: rows[0]?.count, rows: (await place.rows(table, 'created_at')).map(withoutStamps) }
}
