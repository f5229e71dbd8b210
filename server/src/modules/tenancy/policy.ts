import { type Role, roles } from './schema.ts'

/** Roles are listed strongest first. */
export function isAtLeast(role: Role, least: Role): boolean {
  return roles.indexOf(role) <= roles.indexOf(least)
}

/** What a person reads whose role does not suffice: who can change that. */
export function tooWeak(role: Role, least: Role): string {
  return `You are ${role} here, and this needs ${least} or stronger. An admin of the workspace can change your role.`
}

/** Only an owner makes, changes or removes an owner. */
export function mayChangeRole(mine: Role, theirs: Role, wanted: Role): boolean {
  if (mine === 'owner') return true
  return isAtLeast(mine, 'admin') && theirs !== 'owner' && wanted !== 'owner'
}
