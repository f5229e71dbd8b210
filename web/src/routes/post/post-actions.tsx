import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useRouter } from '@tanstack/react-router'
import { cancelContent } from '../../api/content.ts'
import { allContentKey, contentKey } from '../../api/keys.ts'
import { may } from '../../api/permissions.ts'
import { asProblem } from '../../api/problem.ts'
import type { Content } from '../../api/types.ts'
import { wallClock } from '../../time/zone.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { announce } from '../../ui/live-region.tsx'
import { useHere } from '../shell/workspace-context.ts'

/** What may still be changed: a draft is written on, a scheduled post is taken back first. */
export function PostActions({ content }: { content: Content }) {
  const { workspace } = useHere()
  const takeBack = useTakeBack(workspace.id, content, workspace.timeZone)
  if (!may(workspace.role, 'write')) return null
  if (content.status === 'draft') {
    return (
      <Link
        to="/w/$workspaceId/write/{-$contentId}"
        params={{ workspaceId: workspace.id, contentId: content.id }}
        className={buttonClass('plain')}
      >
        Edit draft
      </Link>
    )
  }
  const waits = content.publications.every((publication) => publication.status === 'scheduled')
  if (content.status !== 'scheduled' || !waits) return null
  return (
    <>
      <Button icon="write" busy={takeBack.isPending} onClick={() => takeBack.mutate(true)}>
        Take back and edit
      </Button>
      <Button look="quiet" busy={takeBack.isPending} onClick={() => takeBack.mutate(false)}>
        Cancel publication
      </Button>
    </>
  )
}

/** Back to draft; then to the composer with the time it was planned for, or nowhere. */
function useTakeBack(workspaceId: string, content: Content, zone: string) {
  const queries = useQueryClient()
  const router = useRouter()
  return useMutation({
    mutationFn: (_edit: boolean) => cancelContent(workspaceId, content.id),
    onSuccess: async (draft, edit) => {
      queries.setQueryData(contentKey(workspaceId, draft.id), draft)
      void queries.invalidateQueries({ queryKey: allContentKey(workspaceId) })
      announce('The post is a draft again; nothing goes out until you schedule or publish it')
      if (!edit) return
      await router.navigate({
        to: '/w/$workspaceId/write/{-$contentId}',
        params: { workspaceId, contentId: draft.id },
        search: content.scheduledFor ? { at: wallClock(new Date(content.scheduledFor), zone) } : {},
      })
    },
    onError: (cause) => announce(asProblem(cause).message, 'bad'),
  })
}
