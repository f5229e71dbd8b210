import type pg from 'pg'
import type { Storage } from '../../infra/storage/storage.ts'
import { enter, inTransaction } from './database-roles.ts'
import { type FactStore, forgetFacts } from './forget-facts.ts'
import type { GeneratedHolding } from './list-generated.ts'

export interface RemovalPlace {
  readonly client: pg.ClientBase
  readonly facts: FactStore
  readonly storage: Storage | undefined
}

export interface RemovalWatch {
  /** What is being done, and the workspaces of this turn whose rows are gone. */
  readonly onStep: (phase: string, done: readonly GeneratedHolding[]) => void
  readonly signal?: AbortSignal | undefined
}

/**
 * Removes workspaces in one transaction of PostgreSQL, which ends only when their facts and files are gone as well:
 * whatever cuts it off leaves them marked, to be found again. The rows go first, for they are what can refuse to. Until
 * the transaction ends everybody else sees them, and may carry facts out of their outbox: see `forgetStragglers`.
 */
export const removeTurn = (
  { client, facts, storage }: RemovalPlace,
  turn: readonly GeneratedHolding[],
  { onStep, signal }: RemovalWatch,
): Promise<{ people: number; facts: number }> =>
  inTransaction(client, async () => {
    const files: string[] = []
    for (const [index, { id, name }] of turn.entries()) {
      signal?.throwIfAborted()
      onStep(`${name}: its rows`, turn.slice(0, index))
      files.push(...(await removeRows(client, id)))
    }
    const people = await removePeople(client)
    signal?.throwIfAborted()
    onStep('their facts', turn)
    const ids = turn.map(({ id }) => id)
    const forgotten = await forgetFacts(facts, ids, signal)
    // From the first file on the shortest way to a state that is whole leads to the end.
    for (const file of files) await storage?.delete(file)
    return { people, facts: forgotten }
  })

/** After the transaction of a turn, when nothing can be taken out of its outbox any more; returns how many there were. */
export const forgetStragglers = (
  { facts }: RemovalPlace,
  turn: readonly GeneratedHolding[],
  signal: AbortSignal | undefined,
): Promise<number> =>
  forgetFacts(
    facts,
    turn.map(({ id }) => id),
    signal,
  )

/** Everything of a workspace goes with it, by foreign key. Returns the keys of its files. */
async function removeRows(client: pg.ClientBase, workspaceId: string): Promise<string[]> {
  await enter(client, 'generator_service', workspaceId)
  const { rows } = await client.query<{ key: string }>(
    // A row may name any file; those of other workspaces lie in other folders.
    `select storage_key as key from media where workspace_id = $1 and starts_with(storage_key, $2)`,
    [workspaceId, `${workspaceId}/`],
  )
  await client.query('delete from audit_log where workspace_id = $1', [workspaceId])
  await client.query('delete from workspaces where id = $1', [workspaceId])
  return rows.map(({ key }) => key)
}

/** As the generator, within a transaction. Returns how many there were. */
export async function removePeople(client: pg.ClientBase): Promise<number> {
  await client.query(`select set_config('role', 'generator_service', true)`)
  const { rows } = await client.query<{ people: number }>('select app.remove_generated_people() as people')
  return rows[0]?.people ?? 0
}
