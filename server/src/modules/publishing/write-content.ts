import { invalidInput, notFound } from '../../infra/errors.ts'
import type { WorkspaceContext } from '../services.ts'
import { alreadyOnItsWay, notADraft } from './errors.ts'
import {
  deleteContent,
  insertContent,
  lockContent,
  replaceContentMedia,
  updateContent,
} from './queries-content.ts'
import { lockPublications, replacePublications } from './queries-publications.ts'
import { loadContent } from './read-content.ts'
import type { Content, ContentInput, PublicationStatus } from './schema.ts'

/** States in which a publication has not left this machine and nobody is about to send it. */
const changeable: readonly PublicationStatus[] = ['draft', 'cancelled']

/** Keeps a draft. Nothing is sent. */
export async function createContent(ctx: WorkspaceContext, input: ContentInput): Promise<Content> {
  const { workspaceId } = ctx
  return ctx.doors
    .withActor(ctx.actor, workspaceId, async (tx) => {
      const id = await insertContent(tx, { workspaceId, text: input.text, createdBy: ctx.actor.userId })
      await replaceContentMedia(tx, workspaceId, id, input.media)
      await replacePublications(tx, workspaceId, id, unique(input.accountIds))
      return loadContent(tx, workspaceId, id)
    })
    .catch(sayWhatIsUnknown)
}

/** Changes a draft. What is planned or on its way must be cancelled first, so that nobody sends half a change. */
export async function editContent(
  ctx: WorkspaceContext,
  contentId: string,
  input: ContentInput,
): Promise<Content> {
  const { workspaceId } = ctx
  return ctx.doors
    .withActor(ctx.actor, workspaceId, async (tx) => {
      if (!(await lockContent(tx, workspaceId, contentId))) throw notFound()
      const publications = await lockPublications(tx, workspaceId, contentId)
      if (publications.some(({ status }) => !changeable.includes(status))) throw alreadyOnItsWay()
      await updateContent(tx, workspaceId, contentId, { text: input.text })
      await replaceContentMedia(tx, workspaceId, contentId, input.media)
      await replacePublications(tx, workspaceId, contentId, unique(input.accountIds))
      return loadContent(tx, workspaceId, contentId)
    })
    .catch(sayWhatIsUnknown)
}

/** Deletes a draft for good. */
export async function removeContent(ctx: WorkspaceContext, contentId: string): Promise<void> {
  await ctx.doors.withActor(ctx.actor, ctx.workspaceId, async (tx) => {
    if (!(await lockContent(tx, ctx.workspaceId, contentId))) throw notFound()
    const publications = await lockPublications(tx, ctx.workspaceId, contentId)
    if (publications.some(({ status }) => !changeable.includes(status))) throw notADraft()
    await deleteContent(tx, ctx.workspaceId, contentId)
  })
}

const unique = (ids: readonly string[]) => [...new Set(ids)]

/** The composite foreign keys refuse an account or an image of another workspace as if it did not exist. */
function sayWhatIsUnknown(error: unknown): never {
  const constraint = error instanceof Error && 'constraint' in error ? String(error.constraint) : ''
  if (constraint.startsWith('publications_workspace_id_social_account')) {
    const message = 'names an account that is not in this workspace'
    throw invalidInput(`accountIds ${message}`, { faults: [{ field: 'accountIds', message }] })
  }
  if (constraint.startsWith('content_media_workspace_id_media')) {
    const message = 'names an image that is not in this workspace: upload it first'
    throw invalidInput(`media ${message}`, { faults: [{ field: 'media', message }] })
  }
  throw error
}
