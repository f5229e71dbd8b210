import { Link } from '@tanstack/react-router'
import { may } from '../../api/permissions.ts'
import type { Content } from '../../api/types.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { useHere } from '../shell/workspace-context.ts'
import { useTakeBack } from './use-take-back.ts'

/** What may still be changed: a draft is written on, a planned or failed post is taken back first. */
export function PostActions({ content }: { content: Content }) {
  const { workspace } = useHere()
  const takeBack = useTakeBack(content)
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
  if (!takeBack.allowed) return null
  const waits = content.publications.some((publication) => publication.status === 'scheduled')
  return (
    <>
      <Button icon="write" busy={takeBack.busy} onClick={takeBack.andEdit}>
        Take back and edit
      </Button>
      {waits ? (
        <Button look="quiet" busy={takeBack.busy} onClick={takeBack.andLeave}>
          Cancel publication
        </Button>
      ) : null}
    </>
  )
}
