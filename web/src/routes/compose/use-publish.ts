import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { deleteContent, publishContent } from '../../api/content.ts'
import { allContentKey, contentKey } from '../../api/keys.ts'
import { announce } from '../../ui/live-region.tsx'

interface Saved {
  flush: () => Promise<string>
  settle: () => void
}

/** Saves, then publishes now or at a wall-clock time, and shows the post's page. */
export function usePublish(workspaceId: string, { flush, settle }: Saved) {
  const queries = useQueryClient()
  const router = useRouter()
  return useMutation({
    mutationFn: async (at: string | undefined) => publishContent(workspaceId, await flush(), at ?? 'now'),
    onSuccess: async (content, at) => {
      settle()
      queries.setQueryData(contentKey(workspaceId, content.id), content)
      void queries.invalidateQueries({ queryKey: allContentKey(workspaceId) })
      announce(at === undefined ? 'The post is on its way' : 'The post is scheduled')
      await router.navigate({
        to: '/w/$workspaceId/posts/$contentId',
        params: { workspaceId, contentId: content.id },
      })
    },
  })
}

export function useDeleteDraft(workspaceId: string, onDeleted: () => void) {
  const queries = useQueryClient()
  const router = useRouter()
  return useMutation({
    mutationFn: (contentId: string) => deleteContent(workspaceId, contentId),
    onSuccess: async (_, contentId) => {
      onDeleted()
      announce('The draft is deleted')
      await router.navigate({ to: '/w/$workspaceId/posts', params: { workspaceId } })
      queries.removeQueries({ queryKey: contentKey(workspaceId, contentId) })
      await queries.invalidateQueries({ queryKey: allContentKey(workspaceId) })
    },
  })
}
