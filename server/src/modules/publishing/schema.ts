import { z } from 'zod'
import { failureCodes } from '../../connectors/failure.ts'

const contentStatuses = ['draft', 'review', 'approved', 'scheduled', 'published', 'archived'] as const
export const ContentStatus = z.enum(contentStatuses).meta({ id: 'ContentStatus' })
export type ContentStatus = z.infer<typeof ContentStatus>

export const publicationStatuses = [
  'draft',
  'scheduled',
  'claimed',
  'submitted',
  'processing',
  'published',
  'failed',
  'unconfirmed',
  'cancelled',
] as const
export const PublicationStatus = z.enum(publicationStatuses).meta({ id: 'PublicationStatus' })
export type PublicationStatus = z.infer<typeof PublicationStatus>

const attemptOutcomes = ['succeeded', 'failed', 'unknown'] as const
export const FailureCode = z.enum(failureCodes).meta({ id: 'FailureCode' })

export const Media = z
  .object({
    id: z.uuid(),
    mimeType: z.string(),
    widthPx: z.int().nullable(),
    heightPx: z.int().nullable(),
    sizeBytes: z.number(),
    url: z.string().describe('Path of the image on this server.'),
  })
  .meta({ id: 'Media' })
export type Media = z.infer<typeof Media>

export const ContentMedia = Media.extend({ altText: z.string() }).meta({ id: 'ContentMedia' })
export type ContentMedia = z.infer<typeof ContentMedia>

export const MediaRef = z
  .object({ mediaId: z.uuid(), altText: z.string().trim().max(2_000).default('') })
  .meta({ id: 'MediaRef' })

export const ContentInput = z
  .object({
    text: z.string().max(100_000),
    media: z.array(MediaRef).max(20).default([]),
    accountIds: z.array(z.uuid()).max(50).default([]),
  })
  .meta({ id: 'ContentDraft' })
export type ContentInput = z.infer<typeof ContentInput>

const publishAtDescription =
  '"now", an instant with an offset (2026-11-24T17:30:00Z), or a wall-clock time without one ' +
  "(2026-11-24T18:30), which is read in the workspace's time zone."
export const PublishInput = z
  .object({
    publishAt: z
      .union([
        z.literal('now'),
        z.iso.datetime({ offset: true }),
        z.iso.datetime({ local: true, precision: -1 }),
      ])
      .describe(publishAtDescription),
  })
  .meta({ id: 'Publish' })
export type PublishInput = z.infer<typeof PublishInput>

export const Segment = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('text'), text: z.string() }),
    z.object({ kind: z.literal('link'), text: z.string(), url: z.string() }),
    z.object({ kind: z.literal('hashtag'), text: z.string(), tag: z.string() }),
    z.object({ kind: z.literal('mention'), text: z.string(), platformAccountId: z.string().nullable() }),
  ])
  .meta({ id: 'Segment' })

export const Preview = z
  .object({
    accountId: z.uuid(),
    text: z.string(),
    segments: z.array(Segment).readonly(),
    count: z.int().describe('Length in the unit of the network.'),
    bytes: z.int(),
    faults: z
      .array(z.object({ field: z.enum(['text', 'media']), message: z.string() }))
      .readonly()
      .describe('Empty when the post fits.'),
  })
  .meta({ id: 'Preview' })
export type Preview = z.infer<typeof Preview>

export const Failure = z
  .object({
    code: FailureCode,
    reason: z.string().describe('What happened, in plain words.'),
    nextStep: z.string().describe('What to do about it.'),
    retryAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Failure' })
export type Failure = z.infer<typeof Failure>

export const Attempt = z
  .object({
    id: z.uuid(),
    number: z.int(),
    startedAt: z.iso.datetime(),
    submittedAt: z.iso.datetime().nullable().describe('When the post was about to leave this machine.'),
    finishedAt: z.iso.datetime().nullable(),
    outcome: z.enum(attemptOutcomes).nullable().describe('Null while it runs.'),
    failureCode: FailureCode.nullable(),
    detail: z.string().nullable(),
  })
  .meta({ id: 'Attempt' })
export type Attempt = z.infer<typeof Attempt>

export const LatestNumbers = z
  .object({
    metrics: z
      .record(z.string(), z.number())
      .describe('Cumulative counters by metric name; what is absent is unknown.'),
    capturedAt: z.iso.datetime(),
  })
  .meta({ id: 'LatestNumbers' })

export const Publication = z
  .object({
    id: z.uuid(),
    accountId: z.uuid(),
    platform: z.string(),
    username: z.string(),
    status: PublicationStatus,
    scheduledFor: z.iso.datetime().nullable(),
    publishedAt: z.iso.datetime().nullable(),
    platformPostUrl: z.string().nullable(),
    publishedPostId: z.uuid().nullable(),
    held: z.boolean().describe('True while it waits for its account to be connected again.'),
    failure: Failure.nullable(),
    latest: LatestNumbers.nullable(),
  })
  .meta({ id: 'Publication' })
export type Publication = z.infer<typeof Publication>

export const Content = z
  .object({
    id: z.uuid(),
    text: z.string(),
    status: ContentStatus,
    scheduledFor: z.iso.datetime().nullable(),
    publishedAt: z.iso.datetime().nullable(),
    createdBy: z.string().nullable().describe('Name of the author; null once the person is gone.'),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
    media: z.array(ContentMedia),
    publications: z.array(Publication),
  })
  .meta({ id: 'Content' })
export type Content = z.infer<typeof Content>

export const ContentPage = z
  .object({ items: z.array(Content), nextCursor: z.string().nullable() })
  .meta({ id: 'ContentPage' })
export type ContentPage = z.infer<typeof ContentPage>

export const ContentListQuery = z.object({
  status: ContentStatus.optional(),
  from: z.iso
    .datetime({ offset: true })
    .optional()
    .describe('Planned or published at or after this instant.'),
  to: z.iso.datetime({ offset: true }).optional().describe('Planned or published before this instant.'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(300).optional(),
})
export type ContentListQuery = z.infer<typeof ContentListQuery>

/** Wakes a worker for one publication; whether there is something to do is decided by the publication itself. */
export const publishJob = {
  name: 'publish',
  payload: z.object({ workspaceId: z.uuid(), publicationId: z.uuid() }),
}

/** Tells a person that a post did not go out, and why. */
export const tellAuthorJob = { name: 'tell_author', payload: publishJob.payload }

/** Notice upward: a post is on its network. */
export const postPublished = {
  name: 'post_published',
  payload: z.object({
    workspaceId: z.uuid(),
    publicationId: z.uuid(),
    accountId: z.uuid(),
    platform: z.string(),
    platformPostId: z.string(),
    url: z.string(),
    text: z.string(),
    publishedAt: z.iso.datetime(),
  }),
}
