import type { QueryClient } from '@tanstack/react-query'
import { sessionKey } from '../../api/keys.ts'
import type { Session, Workspace } from '../../api/types.ts'

/** Puts a changed workspace into the known session, so that every screen shows it at once. */
export function replaceWorkspace(queries: QueryClient, changed: Workspace): void {
  queries.setQueryData(sessionKey, (known: Session | undefined) =>
    known
      ? { ...known, workspaces: known.workspaces.map((one) => (one.id === changed.id ? changed : one)) }
      : known,
  )
}
