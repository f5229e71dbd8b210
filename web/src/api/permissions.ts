import type { Role } from './types.ts'

export type Act = 'write' | 'connect' | 'administer'

const allowed: Record<Act, readonly Role[]> = {
  write: ['owner', 'admin', 'manager', 'editor'],
  connect: ['owner', 'admin', 'manager'],
  administer: ['owner', 'admin'],
}

const wording: Record<Act, string> = {
  write: 'write and publish',
  connect: 'connect accounts',
  administer: 'change the workspace and its members',
}

export const may = (role: Role, act: Act): boolean => allowed[act].includes(role)

/** Why somebody may not, and who can help. */
export function whyNot(role: Role, act: Act): string {
  const least = allowed[act].at(-1) ?? 'owner'
  return `As ${roleNames[role].toLowerCase()} you can't ${wording[act]}. It takes the role ${roleNames[least].toLowerCase()} or above; an owner or admin can give it to you under Settings, Members.`
}

/** The roles that may, as the subject of a sentence: "An owner, admin or manager". */
export function whoMay(act: Act): string {
  const names = allowed[act].map((role) => roleNames[role].toLowerCase())
  return `An ${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
}

export const roleNames: Record<Role, string> = {
  owner: 'Owner',
  admin: 'Admin',
  manager: 'Manager',
  editor: 'Editor',
  analyst: 'Analyst',
  viewer: 'Viewer',
  artist: 'Artist',
}

export const roleMeanings: Record<Role, string> = {
  owner: 'Everything, and makes other owners',
  admin: 'Everything but making owners',
  manager: 'Connects accounts, writes and publishes',
  editor: 'Writes and publishes',
  analyst: 'Sees everything, writes nothing',
  viewer: 'Sees posts and numbers',
  artist: 'Sees their own posts',
}
