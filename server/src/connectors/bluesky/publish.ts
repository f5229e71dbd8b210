import { z } from 'zod'
import type {
  AccountSession,
  ConnectorContext,
  PlatformPost,
  PublicationIdentity,
  PublishCapability,
} from '../connector.ts'
import { ConnectorFailure } from '../failure.ts'
import { withFailures } from './errors.ts'
import { buildRecord, type PostRecord, type UploadedImages, uploadedImages } from './record.ts'
import { recordKeyOf } from './record-key.ts'
import { handleResolver, renderText } from './text.ts'
import { callXrpc, XrpcRefusal } from './xrpc.ts'

const collection = 'app.bsky.feed.post'
const writtenRecord = z.object({ uri: z.string(), cid: z.string() })
const foundRecord = z.object({ value: z.unknown() })
/** What tells our own post: a server may fill in or rewrite the rest of a record. */
const standingRecord = z.object({ text: z.string(), createdAt: z.string() })
const uploadedBlob = z.object({ blob: uploadedImages.element.shape.image })

/** The public address names the account by its DID, so that it outlives a change of handle. */
function postOf(session: AccountSession, recordKey: string): PlatformPost {
  const did = session.platformAccountId
  return {
    platformPostId: `at://${did}/${collection}/${recordKey}`,
    url: `https://bsky.app/profile/${did}/post/${recordKey}`,
  }
}

/** The record under this key, or undefined where the server says that there is none. */
async function findRecord(
  ctx: ConnectorContext,
  session: AccountSession,
  recordKey: string,
): Promise<unknown> {
  const call = {
    serviceUrl: session.serviceUrl,
    nsid: 'com.atproto.repo.getRecord',
    token: session.accessToken,
    params: [
      ['repo', session.platformAccountId],
      ['collection', collection],
      ['rkey', recordKey],
    ] as const,
  }
  try {
    return (await callXrpc(ctx, call, foundRecord)).value
  } catch (error) {
    if (error instanceof XrpcRefusal && error.errorName === 'RecordNotFound') return undefined
    throw error
  }
}

/**
 * Writes the record unless the key is taken. `putRecord` with `swapRecord: null` means "only where nothing
 * is": the reference PDS answers a repetition of the same content like the first time and refuses other
 * content with InvalidSwap, whereas `createRecord` on a taken key is an internal error. A server that
 * refuses the repetition too is asked what stands there.
 */
async function writeOnce(
  ctx: ConnectorContext,
  session: AccountSession,
  recordKey: string,
  record: PostRecord,
): Promise<void> {
  const json = { repo: session.platformAccountId, collection, rkey: recordKey, record, swapRecord: null }
  const { serviceUrl, accessToken: token } = session
  try {
    await callXrpc(
      ctx,
      { serviceUrl, nsid: 'com.atproto.repo.putRecord', token, input: { json } },
      writtenRecord,
    )
  } catch (error) {
    if (!(error instanceof XrpcRefusal) || error.errorName !== 'InvalidSwap') throw error
    if (await isStanding(ctx, session, recordKey, record)) return
    const text = 'Another post already stands in the place of this one at Bluesky. It was not overwritten.'
    throw new ConnectorFailure('duplicate', text, { cause: error })
  }
}

async function isStanding(
  ctx: ConnectorContext,
  session: AccountSession,
  recordKey: string,
  record: PostRecord,
): Promise<boolean> {
  try {
    const standing = standingRecord.safeParse(await findRecord(ctx, session, recordKey)).data
    return standing?.text === record.text && standing.createdAt === record.createdAt
  } catch (cause) {
    const text = 'A post stands at Bluesky in the place of this one, and could not be read back to compare.'
    throw new ConnectorFailure('outcome_unknown', text, { cause })
  }
}

export const publish: PublishCapability = {
  async render(text, ctx, serviceUrl) {
    if (ctx === null) return renderText(text, null)
    return withFailures(ctx, 'repeatable', () => renderText(text, handleResolver(ctx, serviceUrl)))
  },

  async upload(ctx, session, images) {
    return withFailures(ctx, 'repeatable', async (): Promise<UploadedImages> => {
      const { serviceUrl, accessToken: token } = session
      const uploaded: UploadedImages = []
      for (const { bytes, mimeType, widthPx, heightPx, altText } of images) {
        const call = { serviceUrl, nsid: 'com.atproto.repo.uploadBlob', token, input: { bytes, mimeType } }
        const { blob } = await callXrpc(ctx, call, uploadedBlob)
        uploaded.push({ image: blob, alt: altText, aspectRatio: { width: widthPx, height: heightPx } })
      }
      return uploaded
    })
  },

  async send(ctx, session, { identity, rendered, uploaded }) {
    const recordKey = recordKeyOf(identity.publicationId)
    const record = buildRecord(identity, rendered, uploadedImages.parse(uploaded ?? []))
    await withFailures(ctx, 'creates', () => writeOnce(ctx, session, recordKey, record))
    return postOf(session, recordKey)
  },

  async findOwn(ctx, session, identity: PublicationIdentity) {
    const recordKey = recordKeyOf(identity.publicationId)
    const record = await withFailures(ctx, 'repeatable', () => findRecord(ctx, session, recordKey))
    return record === undefined ? null : postOf(session, recordKey)
  },
}
