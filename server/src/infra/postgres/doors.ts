import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely'
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

/** What no person and no key reads without leaving a line in the audit log; the database keeps the same list. */
export const sensitiveTables = ['audit_log', 'royalty_statements', 'royalty_lines'] as const
export type SensitiveTable = (typeof sensitiveTables)[number]

export interface Telling {
  /**
   * The sensitive tables that the work reads. Each of them that whoever asks may read at all gets a line in the audit
   * log, in the same transaction; a sensitive table that is not told has no rows for them, also none to return or to
   * find by a condition. If the work throws there is no line, and nobody was handed anything.
   */
  readonly reads?: readonly SensitiveTable[]
}

/**
 * The only ways to the tables. Each opens one transaction as a role that row-level security binds; without
 * one of them the login sees no row at all.
 */
export interface Doors {
  /**
   * For requests: bound to the person and to the one workspace that is opened, if they belong to it. Null for what
   * lies above workspaces: listing and making them. What the person is there is looked up once, when the transaction
   * begins (`app.enter`), which also tells the role: `authenticated`, or for artists and API keys one that has its rights
   * and policies of its own. Work that reads what is sensitive tells it here.
   */
  withActor<T>(
    actor: Actor,
    workspaceId: string | null,
    work: (tx: Tx) => Promise<T>,
    telling?: Telling,
  ): Promise<T>
  /** For job bodies: role `workspace_service`, bound to the one workspace of the job. */
  withWorkspace<T>(workspaceId: string, work: (tx: Tx) => Promise<T>): Promise<T>
  /** For dispatch and maintenance alone: finds due work across workspaces; never for a request. */
  withDispatch<T>(work: (tx: Tx) => Promise<T>): Promise<T>
}

export function createDoors(db: Kysely<DB>): Doors {
  // Transaction-local settings, all of them: they end with the transaction, so that a pooled connection keeps nothing.
  const enter = <T>(entrance: RawBuilder<unknown>, work: (tx: Tx) => Promise<T>): Promise<T> =>
    db.transaction().execute(async (tx) => {
      await entrance.execute(tx)
      return work(tx)
    })
  const asService = <T>(
    role: 'workspace_service' | 'dispatch_service',
    workspaceId: string,
    work: (tx: Tx) => Promise<T>,
  ): Promise<T> =>
    enter(
      sql`select set_config('request.jwt.claims', ${JSON.stringify({ role })}, true),
        set_config('app.workspace_id', ${workspaceId}, true), set_config('role', ${role}, true)`,
      work,
    )

  return {
    withActor({ userId, apiKeyId }, workspaceId, work, { reads } = {}) {
      const claims = { sub: userId, workspace_id: workspaceId ?? undefined, api_key_id: apiKeyId, reads }
      return enter(sql`select set_config('role', app.enter(${JSON.stringify(claims)}), true)`, work)
    },
    withWorkspace: (workspaceId, work) => asService('workspace_service', workspaceId, work),
    withDispatch: (work) => asService('dispatch_service', '', work),
  }
}
