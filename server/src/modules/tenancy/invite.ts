import { createHash, randomBytes } from 'node:crypto'
import { publicUrl } from '../../config.ts'
import { notFound } from '../../infra/errors.ts'
import type { ActorContext, WorkspaceContext } from '../services.ts'
import { alreadyInvited, alreadyMember, invitationForAnotherAddress, invitationInvalid } from './errors.ts'
import {
  acceptInvitation,
  findMember,
  getWorkspace,
  hasMember,
  insertInvitation,
  revokeExpiredInvitations,
  revokeInvitation,
} from './queries.ts'
import type { CreatedInvitation, InviteInput, Workspace } from './schema.ts'

const validDays = 7
const hashOf = (token: string) => createHash('sha256').update(token).digest()

/** Invites an address. The link is mailed and returned; only the hash of its secret is kept. */
export async function invite(ctx: WorkspaceContext, input: InviteInput): Promise<CreatedInvitation> {
  const token = randomBytes(32).toString('base64url')
  const now = ctx.clock.now()
  const { created, inviter, workspace } = await ctx.doors
    .withActor(ctx.actor, ctx.workspaceId, async (tx) => {
      if (await hasMember(tx, ctx.workspaceId, input.email)) {
        throw alreadyMember(undefined, { faults: [{ field: 'email', message: 'is that of a member' }] })
      }
      await revokeExpiredInvitations(tx, ctx.workspaceId, now)
      const row = await insertInvitation(tx, {
        workspaceId: ctx.workspaceId,
        email: input.email,
        role: input.role,
        tokenHash: hashOf(token),
        invitedBy: ctx.actor.userId,
        expiresAt: new Date(now.getTime() + validDays * 86_400_000),
      })
      const me = await findMember(tx, ctx.workspaceId, ctx.actor.userId)
      return {
        created: row,
        inviter: me?.name ?? '',
        workspace: await getWorkspace(tx, ctx.workspaceId, ctx.actor.userId),
      }
    })
    .catch((error: unknown) => {
      if (
        error instanceof Error &&
        'constraint' in error &&
        error.constraint === 'workspace_invitations_open'
      ) {
        throw alreadyInvited(undefined, {
          faults: [{ field: 'email', message: 'has an open invitation already' }],
        })
      }
      throw error
    })
  const link = `${publicUrl(ctx.config)}/invitations/${token}`
  await mailInvitation(ctx, { to: created.email, inviter, workspace: workspace.name, link })
  return { ...created, invitedBy: inviter, link }
}

/** The inviter holds the link as well, so a mail server that is away spoils nothing. */
async function mailInvitation(
  ctx: WorkspaceContext,
  mail: { to: string; inviter: string; workspace: string; link: string },
): Promise<void> {
  try {
    await ctx.mailer.send({
      to: mail.to,
      subject: `${mail.inviter} invites you to ${mail.workspace} on Heliograph`,
      text: `Join ${mail.workspace} within ${validDays} days:\n\n${mail.link}\n`,
    })
  } catch (error) {
    ctx.log.warn({ err: error }, 'an invitation could not be mailed; its link was shown to the inviter')
  }
}

/** Joins the actor to the workspace of an invitation that was sent to their own address. */
export async function accept(ctx: ActorContext, token: string): Promise<Workspace> {
  const acceptance = await ctx.doors.withActor(ctx.actor, null, (tx) => acceptInvitation(tx, hashOf(token)))
  if (acceptance.outcome === 'invalid') throw invitationInvalid()
  if (acceptance.outcome === 'another_address') throw invitationForAnotherAddress()
  const { workspaceId } = acceptance
  return ctx.doors.withActor(ctx.actor, workspaceId, (tx) => getWorkspace(tx, workspaceId, ctx.actor.userId))
}

export async function withdrawInvitation(ctx: WorkspaceContext, invitationId: string): Promise<void> {
  const withdrawn = await ctx.doors.withActor(ctx.actor, ctx.workspaceId, (tx) =>
    revokeInvitation(tx, ctx.workspaceId, invitationId, ctx.clock.now()),
  )
  if (!withdrawn) throw notFound()
}
