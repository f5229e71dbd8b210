import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { membersKey, sessionKey } from '../../api/keys.ts'
import { may, roleMeanings, roleNames } from '../../api/permissions.ts'
import type { Member, Role } from '../../api/types.ts'
import { changeRole, membersQuery, removeMember } from '../../api/workspaces.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { announce } from '../../ui/live-region.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { ProblemNotice } from '../../ui/notice.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { useHere } from '../shell/workspace-context.ts'
import { RoleSelect } from './role-select.tsx'

export function Members() {
  const { workspace } = useHere()
  const members = useQuery(membersQuery(workspace.id))
  return (
    <Loaded query={members} skeleton={<SkeletonRows count={3} />} what="the members">
      {({ items }) => (
        <ul className="divide-y divide-line border-y border-line">
          {items.map((member) => (
            <MemberRow key={member.userId} member={member} />
          ))}
        </ul>
      )}
    </Loaded>
  )
}

function MemberRow({ member }: { member: Member }) {
  const { workspace, session } = useHere()
  const queries = useQueryClient()
  const self = member.userId === session.user.id
  const administers = may(workspace.role, 'administer')
  // Only an owner changes what owners are.
  const mayChange = administers && (member.role !== 'owner' || workspace.role === 'owner')
  const change = useMutation({
    mutationFn: (role: Role) => changeRole(workspace.id, member.userId, role),
    onSuccess: async (changed) => {
      announce(`${changed.name} is now ${roleNames[changed.role].toLowerCase()}`)
      await queries.invalidateQueries({ queryKey: membersKey(workspace.id) })
      if (self) await queries.invalidateQueries({ queryKey: sessionKey })
    },
  })
  return (
    <li className="grid gap-2 py-3">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Avatar name={member.name} url={null} />
        <div className="min-w-40 grow basis-40">
          <p className="font-medium">
            {member.name}
            {self ? <span className="font-normal text-quiet"> (you)</span> : null}
          </p>
          <p className="text-sm text-quiet">{member.email}</p>
        </div>
        {mayChange ? (
          <RoleSelect
            label={`Role of ${member.name}`}
            value={change.isPending ? change.variables : member.role}
            withOwner={workspace.role === 'owner'}
            onChange={(role) => change.mutate(role)}
          />
        ) : (
          <span className="text-sm" title={roleMeanings[member.role]}>
            {roleNames[member.role]}
          </span>
        )}
        {self || mayChange ? <RemoveButton member={member} self={self} /> : null}
      </div>
      {change.isError ? <ProblemNotice cause={change.error} kept="The role is as it was." /> : null}
    </li>
  )
}

function RemoveButton({ member, self }: { member: Member; self: boolean }) {
  const { workspace } = useHere()
  const queries = useQueryClient()
  const router = useRouter()
  const [asking, setAsking] = useState(false)
  const remove = useMutation({
    mutationFn: () => removeMember(workspace.id, member.userId),
    onSuccess: async () => {
      setAsking(false)
      announce(self ? `You have left ${workspace.name}` : `${member.name} is removed`)
      if (self) {
        await queries.invalidateQueries({ queryKey: sessionKey })
        await router.navigate({ to: '/' })
      } else await queries.invalidateQueries({ queryKey: membersKey(workspace.id) })
    },
  })
  return (
    <>
      <Button
        small
        look="quiet"
        onClick={() => setAsking(true)}
        aria-label={self ? 'Leave this workspace' : `Remove ${member.name}`}
      >
        {self ? 'Leave' : 'Remove'}
      </Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={self ? `Leave ${workspace.name}?` : `Remove ${member.name}?`}
        action={self ? 'Leave workspace' : 'Remove member'}
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate()}
      >
        {self ? 'You lose' : `${member.name} loses`} access at once. What was written stays.
      </ConfirmDialog>
    </>
  )
}
