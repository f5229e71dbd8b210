import { sql } from 'kysely'
import type { Tx } from '../../infra/postgres/doors.ts'
import type { CreatedInvitation, Invitation, Member, Role, Workspace } from './schema.ts'

/** The role of whoever asks in the workspace that the door opens: asked before everything else, so by one look. */
export async function findRole(tx: Tx, workspaceId: string): Promise<Role | undefined> {
  const { rows } = await sql<{ role: Role | null }>`select app.role_in(${workspaceId}) as role`.execute(tx)
  return rows[0]?.role ?? undefined
}

const workspacesOf = (tx: Tx, userId: string) =>
  tx
    .selectFrom('workspaces as w')
    .innerJoin('workspace_members as m', 'm.workspace_id', 'w.id')
    .select(['w.id', 'w.name', 'w.slug', 'w.time_zone', 'w.created_at', 'w.generated_at', 'm.role'])
    .where('m.user_id', '=', userId)

type WorkspaceRow = Awaited<ReturnType<ReturnType<typeof workspacesOf>['executeTakeFirstOrThrow']>>

const toWorkspace = (row: WorkspaceRow): Workspace => ({
  id: row.id,
  name: row.name,
  slug: row.slug,
  timeZone: row.time_zone,
  role: row.role,
  isGenerated: row.generated_at !== null,
  createdAt: row.created_at.toISOString(),
})

export async function listWorkspaces(tx: Tx, userId: string): Promise<Workspace[]> {
  const rows = await workspacesOf(tx, userId).orderBy('w.name').limit(500).execute()
  return rows.map(toWorkspace)
}

export async function getWorkspace(tx: Tx, workspaceId: string, userId: string): Promise<Workspace> {
  return toWorkspace(await workspacesOf(tx, userId).where('w.id', '=', workspaceId).executeTakeFirstOrThrow())
}

/** Whether the generator made the workspace: it connects to no network. */
export async function isGeneratedWorkspace(tx: Tx, workspaceId: string): Promise<boolean> {
  const row = await tx
    .selectFrom('workspaces')
    .select('generated_at')
    .where('id', '=', workspaceId)
    .executeTakeFirstOrThrow()
  return row.generated_at !== null
}

export async function getTimeZone(tx: Tx, workspaceId: string): Promise<string> {
  const row = await tx
    .selectFrom('workspaces')
    .select('time_zone')
    .where('id', '=', workspaceId)
    .executeTakeFirstOrThrow()
  return row.time_zone
}

export async function insertWorkspace(
  tx: Tx,
  input: { name: string; slug: string; timeZone: string },
): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    select app.create_workspace(${input.name}, ${input.slug}, ${input.timeZone}) as id`.execute(tx)
  const [row] = rows
  if (!row) throw new Error('app.create_workspace returned nothing')
  return row.id
}

export async function updateWorkspace(
  tx: Tx,
  workspaceId: string,
  set: { name?: string; time_zone?: string },
): Promise<void> {
  if (!Object.keys(set).length) return
  await tx.updateTable('workspaces').set(set).where('id', '=', workspaceId).execute()
}

const membersOf = (tx: Tx, workspaceId: string) =>
  tx
    .selectFrom('workspace_members as m')
    .innerJoin('users as u', 'u.id', 'm.user_id')
    .select(['m.user_id', 'u.name', 'u.email', 'm.role', 'm.created_at'])
    .where('m.workspace_id', '=', workspaceId)

type MemberRow = Awaited<ReturnType<ReturnType<typeof membersOf>['executeTakeFirstOrThrow']>>

const toMember = (row: MemberRow): Member => ({
  userId: row.user_id,
  name: row.name,
  email: row.email,
  role: row.role,
  joinedAt: row.created_at.toISOString(),
})

export async function hasMember(tx: Tx, workspaceId: string, email: string): Promise<boolean> {
  return Boolean(await membersOf(tx, workspaceId).where('u.email', '=', email).executeTakeFirst())
}

export async function listMembers(tx: Tx, workspaceId: string): Promise<Member[]> {
  const rows = await membersOf(tx, workspaceId)
    .orderBy('m.role', 'desc')
    .orderBy('u.name')
    .limit(1_000)
    .execute()
  return rows.map(toMember)
}

export async function findMember(tx: Tx, workspaceId: string, userId: string): Promise<Member | undefined> {
  const row = await membersOf(tx, workspaceId).where('m.user_id', '=', userId).executeTakeFirst()
  return row && toMember(row)
}

export async function updateMemberRole(
  tx: Tx,
  workspaceId: string,
  userId: string,
  role: Role,
): Promise<boolean> {
  const result = await tx
    .updateTable('workspace_members')
    .set({ role })
    .where('workspace_id', '=', workspaceId)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

export async function deleteMember(tx: Tx, workspaceId: string, userId: string): Promise<boolean> {
  const result = await tx
    .deleteFrom('workspace_members')
    .where('workspace_id', '=', workspaceId)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

const openInvitations = (tx: Tx, workspaceId: string) =>
  tx
    .selectFrom('workspace_invitations as i')
    .leftJoin('users as u', 'u.id', 'i.invited_by')
    .select(['i.id', 'i.email', 'i.role', 'u.name as invited_by', 'i.created_at', 'i.expires_at'])
    .where('i.workspace_id', '=', workspaceId)
    .where('i.accepted_at', 'is', null)
    .where('i.revoked_at', 'is', null)

export async function listInvitations(tx: Tx, workspaceId: string): Promise<Invitation[]> {
  const rows = await openInvitations(tx, workspaceId).orderBy('i.created_at', 'desc').limit(500).execute()
  return rows.map((row) => ({
    id: row.id,
    email: row.email,
    role: row.role,
    invitedBy: row.invited_by ?? 'somebody who has left',
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
  }))
}

export async function insertInvitation(
  tx: Tx,
  row: {
    workspaceId: string
    email: string
    role: Role
    tokenHash: Buffer
    invitedBy: string
    expiresAt: Date
  },
): Promise<Omit<CreatedInvitation, 'link' | 'invitedBy'>> {
  const created = await tx
    .insertInto('workspace_invitations')
    .values({
      workspace_id: row.workspaceId,
      email: row.email,
      role: row.role,
      token_hash: row.tokenHash,
      invited_by: row.invitedBy,
      expires_at: row.expiresAt,
    })
    .returning(['id', 'email', 'role', 'created_at', 'expires_at'])
    .executeTakeFirstOrThrow()
  return {
    id: created.id,
    email: created.email,
    role: created.role,
    createdAt: created.created_at.toISOString(),
    expiresAt: created.expires_at.toISOString(),
  }
}

/** Withdraws what has expired, so that the address can be invited anew. */
export async function revokeExpiredInvitations(tx: Tx, workspaceId: string, now: Date): Promise<void> {
  await tx
    .updateTable('workspace_invitations')
    .set({ revoked_at: now })
    .where('workspace_id', '=', workspaceId)
    .where('expires_at', '<=', now)
    .where('accepted_at', 'is', null)
    .where('revoked_at', 'is', null)
    .execute()
}

export async function revokeInvitation(
  tx: Tx,
  workspaceId: string,
  invitationId: string,
  now: Date,
): Promise<boolean> {
  const result = await tx
    .updateTable('workspace_invitations')
    .set({ revoked_at: now })
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', invitationId)
    .where('accepted_at', 'is', null)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

export type Acceptance =
  | { outcome: 'joined'; workspaceId: string }
  | { outcome: 'invalid' }
  | { outcome: 'another_address' }

export async function acceptInvitation(tx: Tx, tokenHash: Buffer): Promise<Acceptance> {
  const { rows } = await sql<{ outcome: string; workspace_id: string | null }>`
    select outcome, workspace_id from app.accept_invitation(${tokenHash})`.execute(tx)
  const [row] = rows
  if (row?.outcome === 'joined' && row.workspace_id)
    return { outcome: 'joined', workspaceId: row.workspace_id }
  return { outcome: row?.outcome === 'another_address' ? 'another_address' : 'invalid' }
}
