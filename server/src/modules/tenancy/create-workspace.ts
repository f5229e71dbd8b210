import { randomBytes } from 'node:crypto'
import type { ActorContext } from '../services.ts'
import { getWorkspace, insertWorkspace } from './queries.ts'
import type { CreateWorkspaceInput, Workspace } from './schema.ts'

/** Makes a workspace of which the actor is the owner. */
export async function createWorkspace(ctx: ActorContext, input: CreateWorkspaceInput): Promise<Workspace> {
  const id = await ctx.doors.withActor(ctx.actor, null, (tx) =>
    insertWorkspace(tx, { name: input.name, timeZone: input.timeZone, slug: slugFrom(input.name) }),
  )
  return ctx.doors.withActor(ctx.actor, id, (tx) => getWorkspace(tx, id, ctx.actor.userId))
}

/** Readable where the name has Latin letters, and unique by its random tail. */
function slugFrom(name: string): string {
  const words = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, ' ')
    .trim()
    .split(' ')
    .filter(Boolean)
  return [...words.slice(0, 6), randomBytes(3).toString('hex')].join('-').slice(0, 80)
}
