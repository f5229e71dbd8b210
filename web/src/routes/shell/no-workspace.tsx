import { Link } from '@tanstack/react-router'
import type { Session } from '../../api/types.ts'
import { buttonClass } from '../../ui/button.tsx'
import { useDocumentTitle } from '../../ui/page.tsx'

/** For somebody who is signed in but does not belong to the workspace in the address. */
export function NoWorkspace({ session }: { session: Session }) {
  useDocumentTitle('No access')
  return (
    <main className="mx-auto grid max-w-xl justify-items-start gap-4 px-5 py-20">
      <h1 className="text-xl font-semibold">You have no access to this workspace</h1>
      <p className="text-quiet">
        It may not exist, or you are not one of its members. An owner or admin of it can invite{' '}
        {session.user.email} under Settings, Members.
      </p>
      <div className="flex flex-wrap gap-2">
        {session.workspaces.map((workspace) => (
          <Link
            key={workspace.id}
            to="/w/$workspaceId"
            params={{ workspaceId: workspace.id }}
            className={buttonClass('plain')}
          >
            Go to {workspace.name}
          </Link>
        ))}
        <Link to="/new-workspace" className={buttonClass('plain')}>
          Create a workspace
        </Link>
      </div>
    </main>
  )
}
