import type { Content, ContentDraft, ContentMedia } from '../../api/types.ts'

/** What somebody is writing. */
export interface Draft {
  text: string
  images: ContentMedia[]
  accountIds: string[]
}

export const draftOf = (content: Content): Draft => ({
  text: content.text,
  images: content.media,
  accountIds: content.publications.map((publication) => publication.accountId),
})

export const requestOf = (draft: Draft): ContentDraft => ({
  text: draft.text,
  media: draft.images.map((image) => ({ mediaId: image.id, altText: image.altText })),
  accountIds: draft.accountIds,
})

export const isBlank = (draft: Draft): boolean => draft.text.trim() === '' && draft.images.length === 0
