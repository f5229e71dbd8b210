import { type Kysely, sql, type Transaction } from 'kysely'
import type { DB } from './schema.generated.ts'

export type Tx = Transaction<DB>

/** Who asks. */
export interface Actor {
  readonly userId: string
  /**
   * The API key by which a program asks in the name of this person, who made it. The database narrows it to its
   * workspace, its role and its scopes, and lets it see nothing once it is revoked or expired.
   */
  readonly apiKeyId?: string
}

/**
 * The only ways to the tables. Each opens one transaction as a role that row-level security binds; without
 * one of them the login sees no row at all.
 */
export interface Doors {
  /**
   * For requests: role `authenticated`, bound to the person and, where given, narrowed to one workspace.
   * Null for what lies above workspaces: listing and making them.
   */
  withActor<T>(actor: Actor, workspaceId: string | null, work: (tx: Tx) => Promise<T>): Promise<T>
  /** For job bodies: role `workspace_service`, bound to the one workspace of the job. */
  withWorkspace<T>(workspaceId: string, work: (tx: Tx) => Promise<T>): Promise<T>
  /** For dispatch and maintenance alone: finds due work across workspaces; never for a request. */
  withDispatch<T>(work: (tx: Tx) => Promise<T>): Promise<T>
}

type Role = 'authenticated' | 'workspace_service' | 'service_role'

export function createDoors(db: Kysely<DB>): Doors {
  const enter = <T>(
    role: Role,
    claims: object,
    workspaceId: string,
    work: (tx: Tx) => Promise<T>,
  ): Promise<T> =>
    db.transaction().execute(async (tx) => {
      // Transaction-local settings: they end with the transaction, so that a pooled connection keeps nothing.
      await sql`select set_config('request.jwt.claims', ${JSON.stringify(claims)}, true),
        set_config('app.workspace_id', ${workspaceId}, true), set_config('role', ${role}, true)`.execute(tx)
      return work(tx)
    })

  return {
    withActor: ({ userId, apiKeyId }, workspaceId, work) =>
      enter(
        'authenticated',
        {
          sub: userId,
          role: 'authenticated',
          ...(workspaceId ? { workspace_id: workspaceId } : {}),
          ...(apiKeyId === undefined ? {} : { api_key_id: apiKeyId }),
        },
        '',
        work,
      ),
    withWorkspace: (workspaceId, work) =>
      enter('workspace_service', { role: 'workspace_service' }, workspaceId, work),
    withDispatch: (work) => enter('service_role', { role: 'service_role' }, '', work),
  }
}
