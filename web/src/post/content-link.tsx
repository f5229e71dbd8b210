import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { may } from '../api/permissions.ts'
import type { Content, Workspace } from '../api/types.ts'

interface ContentLinkProps {
  content: Content
  workspace: Workspace
  className?: string
  title?: string
  children: ReactNode
}

/** Leads to where one goes on with a post: a draft to the composer, everything else to its page. */
export function ContentLink({ content, workspace, ...rest }: ContentLinkProps) {
  const params = { workspaceId: workspace.id, contentId: content.id }
  return content.status === 'draft' && may(workspace.role, 'write') ? (
    <Link to="/w/$workspaceId/write/{-$contentId}" params={params} {...rest} />
  ) : (
    <Link to="/w/$workspaceId/posts/$contentId" params={params} {...rest} />
  )
}
