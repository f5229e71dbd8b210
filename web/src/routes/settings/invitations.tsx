import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { invitationsKey } from '../../api/keys.ts'
import { roleNames } from '../../api/permissions.ts'
import type { Invitation } from '../../api/types.ts'
import { invitationsQuery, revokeInvitation } from '../../api/workspaces.ts'
import { Button } from '../../ui/button.tsx'
import { announce } from '../../ui/live-region.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Moment } from '../../ui/moment.tsx'
import { ProblemNotice } from '../../ui/notice.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { useHere } from '../shell/workspace-context.ts'
import { InviteForm } from './invite-form.tsx'

export function Invitations() {
  const { workspace } = useHere()
  const invitations = useQuery(invitationsQuery(workspace.id))
  return (
    <div className="grid gap-6">
      <InviteForm />
      <Loaded query={invitations} skeleton={<SkeletonRows count={1} />} what="the invitations">
        {({ items }) =>
          items.length === 0 ? (
            <p className="text-sm text-quiet">No invitation is open.</p>
          ) : (
            <ul className="divide-y divide-line border-y border-line">
              {items.map((invitation) => (
                <InvitationRow key={invitation.id} invitation={invitation} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </div>
  )
}

function InvitationRow({ invitation }: { invitation: Invitation }) {
  const { workspace } = useHere()
  const queries = useQueryClient()
  const revoke = useMutation({
    mutationFn: () => revokeInvitation(workspace.id, invitation.id),
    onSuccess: async () => {
      announce(`The invitation of ${invitation.email} is revoked`)
      await queries.invalidateQueries({ queryKey: invitationsKey(workspace.id) })
    },
  })
  return (
    <li className="flex flex-wrap items-center justify-between gap-3 py-3">
      <div className="min-w-0">
        <p className="font-medium">{invitation.email}</p>
        <p className="text-xs text-quiet">
          {roleNames[invitation.role]}, invited by {invitation.invitedBy}, valid until{' '}
          <Moment at={invitation.expiresAt} zone={workspace.timeZone} />
        </p>
      </div>
      <Button
        small
        busy={revoke.isPending}
        onClick={() => revoke.mutate()}
        aria-label={`Revoke the invitation of ${invitation.email}`}
      >
        Revoke
      </Button>
      {revoke.isError ? <ProblemNotice cause={revoke.error} /> : null}
    </li>
  )
}
