import type { QueryClient } from '@tanstack/react-query'
import { redirect } from '@tanstack/react-router'
import { Problem } from '../../api/problem.ts'
import { sessionQuery } from '../../api/session.ts'
import type { Session } from '../../api/types.ts'
import { lastWorkspaceId } from '../shell/last-workspace.ts'

interface GuardInput {
  context: { queries: QueryClient }
  location: { href: string }
}

/** The session, or null for somebody who is not signed in. Other faults are thrown. */
async function findSession(queries: QueryClient): Promise<Session | null> {
  try {
    return await queries.ensureQueryData(sessionQuery)
  } catch (cause) {
    if (cause instanceof Problem && cause.status === 401) return null
    throw cause
  }
}

export async function requireSession({ context, location }: GuardInput): Promise<void> {
  if (!(await findSession(context.queries)))
    throw redirect({ to: '/sign-in', search: { next: location.href } })
}

/** Leads from `/` to where the person works: the workspace used last, or the making of the first one. */
export async function enterApp({ context }: GuardInput): Promise<void> {
  const session = await findSession(context.queries)
  if (!session) throw redirect({ to: '/sign-in' })
  throw placeOf(session)
}

export async function skipWhenSignedIn({
  context,
  search,
}: GuardInput & { search: { next?: string | undefined } }): Promise<void> {
  const session = await findSession(context.queries)
  if (!session) return
  throw search.next ? redirect({ href: search.next }) : placeOf(session)
}

function placeOf(session: Session) {
  const last = lastWorkspaceId()
  const workspace = session.workspaces.find((candidate) => candidate.id === last) ?? session.workspaces[0]
  return workspace
    ? redirect({ to: '/w/$workspaceId', params: { workspaceId: workspace.id } })
    : redirect({ to: '/new-workspace' })
}
