import { type FieldFault, invalidInput, notFound } from '../../infra/errors.ts'
import { enqueueJob } from '../../infra/jobs/queue.ts'
import type { Tx } from '../../infra/postgres/doors.ts'
import { findAccount } from '../accounts/index.ts'
import type { Services, WorkspaceContext } from '../services.ts'
import { getTimeZone } from '../tenancy/index.ts'
import { alreadyOnItsWay, notFailed } from './errors.ts'
import { fitFaults } from './fit.ts'
import { resolvePublishTime } from './publish-time.ts'
import { findContent, listContentMedia, lockContent, updateContent } from './queries-content.ts'
import {
  cancelPublications,
  findPublication,
  listPublications,
  lockPublications,
  releaseHeld,
  schedulePublications,
} from './queries-publications.ts'
import { loadContent } from './read-content.ts'
import { type Content, type Publication, publishJob } from './schema.ts'

/** Plans a draft for an instant, or for now. Refused, with all reasons at once, where it does not fit. */
export async function scheduleContent(
  ctx: WorkspaceContext,
  contentId: string,
  publishAt: string,
): Promise<Content> {
  const { workspaceId } = ctx
  return ctx.doors.withActor(ctx.actor, workspaceId, async (tx) => {
    await lockContent(tx, workspaceId, contentId)
    const content = await findContent(tx, workspaceId, contentId)
    if (!content) throw notFound()
    const publications = await lockPublications(tx, workspaceId, contentId)
    if (publications.some(({ status }) => status !== 'draft' && status !== 'cancelled'))
      throw alreadyOnItsWay()
    const at = resolvePublishTime(publishAt, await getTimeZone(tx, workspaceId), ctx.clock.now())
    const faults = await faultsOf(ctx, tx, content, publications)
    if (faults.length) throw invalidInput('This post cannot go out like this.', { faults })

    const ids = publications.map(({ id }) => id)
    await updateContent(tx, workspaceId, contentId, { status: 'scheduled', scheduled_for: at })
    await schedulePublications(tx, workspaceId, ids, at)
    for (const id of ids) await enqueuePublishing(tx, workspaceId, id, at)
    return loadContent(tx, workspaceId, contentId)
  })
}

async function faultsOf(
  ctx: WorkspaceContext,
  tx: Tx,
  content: { id: string; text: string },
  publications: readonly { accountId: string }[],
): Promise<FieldFault[]> {
  if (!publications.length) return [{ field: 'accountIds', message: 'is empty: choose at least one account' }]
  const media = await listContentMedia(tx, ctx.workspaceId, [content.id])
  const faults: FieldFault[] = []
  for (const { accountId } of publications) {
    const account = await findAccount(tx, ctx.workspaceId, accountId)
    if (!account) continue
    if (account.status !== 'active') {
      const message = `@${account.username} must be connected again before it can publish`
      faults.push({ field: 'accountIds', message })
      continue
    }
    const connector = ctx.connectorFor(account.platform)
    // Without the network: whether a mention exists does not decide whether a text fits.
    const rendered = await connector.publish?.render(content.text, null, account.service_url)
    if (rendered) faults.push(...fitFaults(connector, rendered, media))
  }
  return faults
}

/** Takes a planned or failed post back to a draft. Refused once it is being sent. */
export async function cancelContent(ctx: WorkspaceContext, contentId: string): Promise<Content> {
  const { workspaceId } = ctx
  return ctx.doors.withActor(ctx.actor, workspaceId, async (tx) => {
    if (!(await lockContent(tx, workspaceId, contentId))) throw notFound()
    const publications = await lockPublications(tx, workspaceId, contentId)
    const stoppable = ['draft', 'cancelled', 'scheduled', 'failed']
    if (publications.some(({ status }) => !stoppable.includes(status))) throw alreadyOnItsWay()
    await cancelPublications(tx, workspaceId, contentId)
    await updateContent(tx, workspaceId, contentId, { status: 'draft', scheduled_for: null })
    return loadContent(tx, workspaceId, contentId)
  })
}

/** Sends a failed publication once more. */
export async function retryPublication(ctx: WorkspaceContext, publicationId: string): Promise<Publication> {
  const { workspaceId } = ctx
  return ctx.doors.withActor(ctx.actor, workspaceId, async (tx) => {
    const publication = await findPublication(tx, workspaceId, publicationId)
    if (!publication) throw notFound()
    await lockContent(tx, workspaceId, publication.contentId)
    const locked = await lockPublications(tx, workspaceId, publication.contentId)
    if (!locked.some(({ id, status }) => id === publicationId && status === 'failed')) throw notFailed()
    const now = ctx.clock.now()
    await schedulePublications(tx, workspaceId, [publicationId], now)
    await updateContent(tx, workspaceId, publication.contentId, { status: 'scheduled' })
    await enqueuePublishing(tx, workspaceId, publicationId, now)
    const [retried] = (await listPublications(tx, workspaceId, [publication.contentId])).filter(
      ({ id }) => id === publicationId,
    )
    if (!retried) throw notFound()
    const { contentId: _, ...shown } = retried
    return shown
  })
}

/** Sends what waited for an account, now that it is connected again. */
export async function releasePublications(
  services: Services,
  workspaceId: string,
  accountId: string,
): Promise<void> {
  await services.doors.withWorkspace(workspaceId, async (tx) => {
    for (const id of await releaseHeld(tx, workspaceId, accountId))
      await enqueuePublishing(tx, workspaceId, id)
  })
}

async function enqueuePublishing(
  tx: Tx,
  workspaceId: string,
  publicationId: string,
  runAt?: Date,
): Promise<void> {
  await enqueueJob(
    tx,
    publishJob,
    { workspaceId, publicationId },
    { key: `publish:${publicationId}`, ...(runAt ? { runAt } : {}) },
  )
}
