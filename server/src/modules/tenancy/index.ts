/**
 * Tenancy: who somebody is and in which workspaces they may do what.
 *
 * Owns users, user_credentials, user_sessions, user_verifications, workspaces, workspace_members and
 * workspace_invitations. Invariants: a workspace always has an owner; a stranger cannot tell a workspace that
 * exists from one that does not; only an owner touches an owner.
 */
import type { Module } from '../services.ts'
import { routes } from './routes.ts'

export { enterSignedIn, enterWorkspace } from './enter.ts'
export { createIdentity, type Identity } from './identity.ts'
export { hashPassword } from './password.ts'
export { isAtLeast } from './policy.ts'
export { getTimeZone, isGeneratedWorkspace } from './queries.ts'
export { Role, WorkspaceId } from './schema.ts'

export const tenancy: Module = { routes }
