import { IANAZone } from 'luxon'
import { z } from 'zod'

export const roles = ['owner', 'admin', 'manager', 'editor', 'analyst', 'viewer', 'artist'] as const
export const Role = z.enum(roles).meta({ id: 'Role', description: 'Role in a workspace, strongest first.' })
export type Role = z.infer<typeof Role>

export const WorkspaceId = z.uuid()
const TimeZone = z
  .string()
  .refine((zone) => IANAZone.isValidZone(zone), 'is no IANA time zone: use one like Europe/Berlin')

const Email = z
  .email('is no e-mail address')
  .max(254)
  .transform((email) => email.toLowerCase())
const Password = z
  .string()
  .min(10, 'is too short: use at least 10 characters')
  .max(200, 'is too long: use at most 200 characters')
const PersonName = z.string().trim().min(1, 'is empty: say how we should call you').max(120)

export const SignUpInput = z
  .object({ name: PersonName, email: Email, password: Password })
  .meta({ id: 'SignUp' })
export const SignInInput = z
  .object({ email: Email, password: z.string().min(1).max(200) })
  .meta({ id: 'SignIn' })
export const PasswordResetRequest = z.object({ email: Email }).meta({ id: 'PasswordResetRequest' })
export const PasswordReset = z
  .object({ token: z.string().min(1).max(200), newPassword: Password })
  .meta({ id: 'PasswordReset' })

export const Me = z
  .object({ id: z.uuid(), name: z.string(), email: z.string(), avatarUrl: z.string().nullable() })
  .meta({ id: 'Me' })
export type Me = z.infer<typeof Me>

export const Workspace = z
  .object({
    id: WorkspaceId,
    name: z.string(),
    slug: z.string(),
    timeZone: z.string().describe('IANA time zone in which the workspace plans and reads hours.'),
    role: Role.describe('The role of whoever asks.'),
    isGenerated: z
      .boolean()
      .describe('Made up by the generator, with everything in it; nothing of it reaches a network.'),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Workspace' })
export type Workspace = z.infer<typeof Workspace>

const WorkspaceName = z.string().trim().min(1, 'is empty: give the workspace a name').max(120)
export const CreateWorkspaceInput = z
  .object({ name: WorkspaceName, timeZone: TimeZone })
  .meta({ id: 'CreateWorkspace' })
export type CreateWorkspaceInput = z.infer<typeof CreateWorkspaceInput>
export const UpdateWorkspaceInput = z
  .object({ name: WorkspaceName.optional(), timeZone: TimeZone.optional() })
  .meta({ id: 'UpdateWorkspace' })
export type UpdateWorkspaceInput = z.infer<typeof UpdateWorkspaceInput>

export const Session = z.object({ user: Me, workspaces: z.array(Workspace) }).meta({ id: 'Session' })
export type Session = z.infer<typeof Session>

export const Member = z
  .object({ userId: z.uuid(), name: z.string(), email: z.string(), role: Role, joinedAt: z.iso.datetime() })
  .meta({ id: 'Member' })
export type Member = z.infer<typeof Member>

export const InviteInput = z.object({ email: Email, role: Role.exclude(['owner']) }).meta({ id: 'Invite' })
export type InviteInput = z.infer<typeof InviteInput>

export const Invitation = z
  .object({
    id: z.uuid(),
    email: z.string(),
    role: Role,
    invitedBy: z.string().describe('Name of whoever invited.'),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: 'Invitation' })
export type Invitation = z.infer<typeof Invitation>

export const CreatedInvitation = Invitation.extend({
  link: z.string().describe('Shown once: whoever opens it and signs in with the invited address joins.'),
}).meta({ id: 'CreatedInvitation' })
export type CreatedInvitation = z.infer<typeof CreatedInvitation>

export const AcceptInvitationInput = z
  .object({ token: z.string().min(20).max(200) })
  .meta({ id: 'AcceptInvitation' })

export const ChangeRoleInput = z.object({ role: Role }).meta({ id: 'ChangeRole' })
