import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { cancelContent } from '../../api/content.ts'
import { allContentKey, contentKey } from '../../api/keys.ts'
import { may } from '../../api/permissions.ts'
import { asProblem } from '../../api/problem.ts'
import type { Content } from '../../api/types.ts'
import { wallClock } from '../../time/zone.ts'
import { announce } from '../../ui/live-region.tsx'
import { useHere } from '../shell/workspace-context.ts'
import { mayBeTakenBack } from './take-back-rule.ts'

interface TakeBack {
  allowed: boolean
  busy: boolean
  /** To the composer, with the time the post was planned for while that is still to come. */
  andEdit: () => void
  andLeave: () => void
}

/** Makes a post that is nowhere a draft again. */
export function useTakeBack(content: Content): TakeBack {
  const { workspace } = useHere()
  const queries = useQueryClient()
  const router = useRouter()
  const takeBack = useMutation({
    mutationFn: (_edit: boolean) => cancelContent(workspace.id, content.id),
    onSuccess: async (draft, edit) => {
      queries.setQueryData(contentKey(workspace.id, draft.id), draft)
      void queries.invalidateQueries({ queryKey: allContentKey(workspace.id) })
      announce('The post is a draft again; nothing goes out until you schedule or publish it')
      if (!edit) return
      const plannedFor = content.scheduledFor ? new Date(content.scheduledFor) : null
      await router.navigate({
        to: '/w/$workspaceId/write/{-$contentId}',
        params: { workspaceId: workspace.id, contentId: draft.id },
        search:
          plannedFor && plannedFor > new Date() ? { at: wallClock(plannedFor, workspace.timeZone) } : {},
      })
    },
    onError: (cause) => announce(asProblem(cause).message, 'bad'),
  })
  return {
    allowed: may(workspace.role, 'write') && mayBeTakenBack(content),
    busy: takeBack.isPending,
    andEdit: () => takeBack.mutate(true),
    andLeave: () => takeBack.mutate(false),
  }
}
