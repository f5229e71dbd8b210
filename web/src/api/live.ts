import type { QueryClient, QueryKey } from '@tanstack/react-query'
import {
  accountsKey,
  allAttemptsKey,
  allContentKey,
  allSeriesKey,
  invitationsKey,
  membersKey,
  sessionKey,
  workspaceKey,
} from './keys.ts'

export type LiveState = 'connecting' | 'live' | 'reconnecting'

const reopenDelayMs = 3_000

/**
 * Keeps one event stream of a workspace open and refreshes what the server says has changed. After a break
 * everything of the workspace is refreshed, because what happened meanwhile is not told again. Returns the
 * function that closes it.
 */
export function followWorkspace(
  workspaceId: string,
  queries: QueryClient,
  onState: (state: LiveState) => void,
): () => void {
  let source: EventSource | null = null
  let reopening: ReturnType<typeof setTimeout> | undefined
  let broken = false

  const open = () => {
    source = new EventSource(`/api/v1/workspaces/${workspaceId}/events`)
    source.onopen = () => {
      if (broken) void queries.invalidateQueries({ queryKey: workspaceKey(workspaceId) })
      broken = false
      onState('live')
    }
    source.onerror = () => {
      broken = true
      onState('reconnecting')
      // The browser reopens a dropped stream by itself, but gives up on one that was answered with an error.
      if (source?.readyState === EventSource.CLOSED) reopening = setTimeout(open, reopenDelayMs)
    }
    source.addEventListener('change', (event: MessageEvent<string>) => {
      for (const queryKey of keysChangedBy(workspaceId, event.data))
        void queries.invalidateQueries({ queryKey })
    })
  }

  onState('connecting')
  open()
  return () => {
    clearTimeout(reopening)
    source?.close()
  }
}

function keysChangedBy(workspaceId: string, payload: string): QueryKey[] {
  switch (typeOf(payload)) {
    case 'content':
      return [allContentKey(workspaceId)]
    case 'publication':
      return [allContentKey(workspaceId), allAttemptsKey(workspaceId)]
    case 'account':
      return [accountsKey(workspaceId)]
    case 'numbers':
      return [allContentKey(workspaceId), allSeriesKey(workspaceId), accountsKey(workspaceId)]
    case 'member':
      return [membersKey(workspaceId), invitationsKey(workspaceId), sessionKey]
    default:
      return [workspaceKey(workspaceId)]
  }
}

function typeOf(payload: string): unknown {
  try {
    const change: unknown = JSON.parse(payload)
    return typeof change === 'object' && change !== null && 'type' in change ? change.type : null
  } catch {
    // An unreadable notice still says that something changed: the caller refreshes everything.
    return null
  }
}
