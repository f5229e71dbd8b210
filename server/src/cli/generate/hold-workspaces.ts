import type pg from 'pg'
import { StartRefused } from '../../infra/process/start-refused.ts'

/** Any number that only the generator uses, as the first half of an advisory lock's key. */
const generatorLocks = 484_108

/**
 * Does the work while no other run makes or removes these workspaces; refuses while one does. The locks are the session's:
 * what ClickHouse has of a workspace is taken back when the transaction is over, and must not be that of the next run.
 */
export async function holdWorkspaces<T>(
  client: pg.ClientBase,
  workspaces: readonly { readonly id: string; readonly name: string }[],
  work: () => Promise<T>,
): Promise<T> {
  const held: string[] = []
  try {
    for (const { id, name } of workspaces) {
      const { rows } = await client.query<{ held: boolean }>(
        'select pg_try_advisory_lock($1, hashtext($2)) as held',
        [generatorLocks, id],
      )
      if (!rows[0]?.held) {
        throw new StartRefused(
          `The generated workspace "${name}" is being made or removed at this moment, by another run: wait for its end, then run this again.`,
        )
      }
      held.push(id)
    }
    return await work()
  } finally {
    // A connection that has died has let go of them itself, and the first fault is the one to tell.
    await client
      .query('select pg_advisory_unlock($1, hashtext(id)) from unnest($2::text[]) id', [generatorLocks, held])
      .catch(() => undefined)
  }
}
