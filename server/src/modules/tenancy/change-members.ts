import { conflict, forbidden, notFound } from '../../infra/errors.ts'
import { errorCode } from '../../infra/process/error-code.ts'
import type { WorkspaceContext } from '../services.ts'
import { lastOwnerStays } from './errors.ts'
import { isAtLeast, mayChangeRole } from './policy.ts'
import { deleteMember, findMember, updateMemberRole } from './queries.ts'
import type { Member, Role } from './schema.ts'

const onlyOwners = 'Only an owner can make, change or remove an owner.'

/** Gives a member another role. */
export async function changeRole(ctx: WorkspaceContext, userId: string, role: Role): Promise<Member> {
  return ctx.doors
    .withActor(ctx.actor, ctx.workspaceId, async (tx) => {
      const member = await findMember(tx, ctx.workspaceId, userId)
      if (!member) throw notFound()
      if (!mayChangeRole(ctx.role, member.role, role)) throw forbidden(onlyOwners)
      // A member who becomes an owner or leaves in this moment is out of reach.
      if (!(await updateMemberRole(tx, ctx.workspaceId, userId, role))) throw conflict()
      return { ...member, role }
    })
    .catch(sayLastOwnerStays)
}

/** Removes a member, or lets somebody leave. What they made stays. */
export async function removeMember(ctx: WorkspaceContext, userId: string): Promise<void> {
  const leaves = userId === ctx.actor.userId
  if (!leaves && !isAtLeast(ctx.role, 'admin')) throw forbidden('Only an admin can remove a member.')
  await ctx.doors
    .withActor(ctx.actor, ctx.workspaceId, async (tx) => {
      const member = await findMember(tx, ctx.workspaceId, userId)
      if (!member) throw notFound()
      if (!leaves && !mayChangeRole(ctx.role, member.role, 'viewer')) throw forbidden(onlyOwners)
      if (!(await deleteMember(tx, ctx.workspaceId, userId))) throw conflict()
    })
    .catch(sayLastOwnerStays)
}

/** The database keeps the last owner, whichever way two requests race. */
function sayLastOwnerStays(error: unknown): never {
  if (errorCode(error) === 'HG001') throw lastOwnerStays()
  throw error
}
