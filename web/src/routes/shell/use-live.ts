import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { followWorkspace, type LiveState } from '../../api/live.ts'
import { watchPublications } from '../../api/publication-watch.ts'
import type { Publication } from '../../api/types.ts'
import { announce } from '../../ui/live-region.tsx'

/** Keeps the workspace's screens current and says aloud what has become of its posts. */
export function useLive(workspaceId: string): LiveState {
  const queries = useQueryClient()
  const [state, setState] = useState<LiveState>('connecting')
  useEffect(() => {
    const unfollow = followWorkspace(workspaceId, queries, setState)
    const unwatch = watchPublications(workspaceId, queries, (_content, publication) => {
      announce(newsOf(publication), publication.status === 'published' ? 'good' : 'bad')
    })
    return () => {
      unfollow()
      unwatch()
    }
  }, [workspaceId, queries])
  return state
}

function newsOf({ status, username }: Publication): string {
  if (status === 'published') return `Published on @${username}`
  if (status === 'failed') return `Not published on @${username}: open the post to see why`
  return `It is not known yet whether the post reached @${username}`
}
