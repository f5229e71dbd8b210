import { createHash } from 'node:crypto'
import type { ConnectorContext, RenderedPost } from '../../connectors/connector.ts'
import { ConnectorFailure } from '../../connectors/failure.ts'
import type { OpenedAccount } from '../accounts/index.ts'
import type { Services } from '../services.ts'
import { fitFaults } from './fit.ts'
import { prepareImages } from './prepare-images.ts'
import type { Claim } from './queries-claims.ts'
import { findContentText, listContentMedia } from './queries-content.ts'

export interface PreparedPost {
  readonly rendered: RenderedPost
  readonly uploaded: unknown
  /** SHA-256 over what is about to be sent, kept with the attempt. */
  readonly fingerprint: string
}

/**
 * Everything up to the call that makes the post visible. May be repeated without harm.
 *
 * `network` starts the time limit of one call: the work on images is none of it. `keepClaim` is asked after that
 * work; where the claim was lost there is nothing to prepare any more, and the answer is undefined.
 */
export async function preparePost(
  services: Services,
  claim: Claim,
  { connector, session }: OpenedAccount,
  network: () => ConnectorContext,
  keepClaim: () => Promise<boolean>,
): Promise<PreparedPost | undefined> {
  const { workspaceId, contentId } = claim
  const { text, media } = await services.doors.withWorkspace(workspaceId, async (tx) => ({
    text: await findContentText(tx, workspaceId, contentId),
    media: await listContentMedia(tx, workspaceId, [contentId]),
  }))
  const { publish } = connector
  if (text === undefined || !publish)
    throw new ConnectorFailure('unsupported', `${connector.displayName} cannot publish this.`)
  const rendered = await publish.render(text, network(), session.serviceUrl)
  const faults = fitFaults(connector, rendered, media)
  if (faults.length) throw new ConnectorFailure('rejected', faults.map(({ message }) => message).join(' '))
  const images = await prepareImages(services.storage, media, connector.limits.images)
  if (!(await keepClaim())) return undefined
  const uploaded = await publish.upload(network(), session, images)
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([claim.publicationId, claim.recordCreatedAt, rendered.segments, uploaded]))
    .digest('hex')
  return { rendered, uploaded, fingerprint }
}
