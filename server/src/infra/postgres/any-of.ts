import { sql } from 'kysely'

/** To be equal to: one of these ids. One parameter, however many there are, so that the statement is always the same. */
export const anyOf = (ids: readonly string[]) => sql<string>`any(${ids}::uuid[])`
