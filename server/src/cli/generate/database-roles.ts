import type pg from 'pg'

/** The role of what follows in this transaction; a job's role and the generator's are bound to the workspace. */
export const enter = (client: pg.ClientBase, role: string, workspaceId: string) =>
  client.query(`select set_config('app.workspace_id', $2, true), set_config('role', $1, true)`, [
    role,
    workspaceId,
  ])

/** All of the work in one transaction; what it throws takes it back. */
export async function inTransaction<T>(client: pg.ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('begin')
  try {
    const result = await work()
    await client.query('commit')
    return result
  } catch (error) {
    // A connection that has died has taken it back itself, and the first fault is the one to tell.
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

/** Runs one statement as a role, in a transaction of its own. */
export const asRole = <Row extends pg.QueryResultRow>(
  client: pg.ClientBase,
  role: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> =>
  inTransaction(client, async () => {
    await client.query('select set_config($1, $2, true)', ['role', role])
    const { rows } = await client.query<Row>(text, [...values])
    return rows
  })

/** What stands in the materialized views is counted anew; throws where one could not be. */
export async function refreshViews(client: pg.ClientBase): Promise<void> {
  const rows = await asRole<{ view_name: string; error_message: string | null }>(
    client,
    'dispatch_service',
    'select view_name, error_message from analytics.refresh_all_materialized_views()',
  )
  const failed = rows.find(({ error_message }) => error_message !== null)
  if (failed) throw new Error(`the view ${failed.view_name} could not be computed: ${failed.error_message}`)
}
