import type { Content, Publication } from '../api/types.ts'

const at = '2026-11-24T17:30:00.000Z'

export const publicationWith = (fields: Partial<Publication>): Publication => ({
  id: 'publication',
  accountId: 'account',
  platform: 'bluesky',
  username: 'lighthouse.test',
  status: 'scheduled',
  scheduledFor: at,
  publishedAt: null,
  platformPostUrl: null,
  publishedPostId: null,
  held: false,
  failure: null,
  latest: null,
  ...fields,
})

export const contentWith = (
  status: Content['status'],
  publications: readonly Partial<Publication>[],
): Content => ({
  id: 'content',
  text: 'A post',
  status,
  scheduledFor: at,
  publishedAt: null,
  createdBy: 'Alice',
  createdAt: at,
  updatedAt: at,
  media: [],
  publications: publications.map(publicationWith),
})
