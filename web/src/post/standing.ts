import type { Content, Publication } from '../api/types.ts'
import type { BadgeTone } from '../ui/badge.tsx'
import type { IconName } from '../ui/icon.tsx'

/** How a post stands, in one word for people. */
export type Standing =
  | 'draft'
  | 'review'
  | 'approved'
  | 'scheduled'
  | 'held'
  | 'sending'
  | 'published'
  | 'failed'
  | 'unconfirmed'
  | 'cancelled'
  | 'archived'

export const standings: Record<Standing, { word: string; tone: BadgeTone; icon: IconName }> = {
  draft: { word: 'Draft', tone: 'still', icon: 'write' },
  review: { word: 'In review', tone: 'info', icon: 'question' },
  approved: { word: 'Approved', tone: 'info', icon: 'check' },
  scheduled: { word: 'Scheduled', tone: 'info', icon: 'clock' },
  held: { word: 'Held', tone: 'warn', icon: 'pause' },
  sending: { word: 'Sending', tone: 'info', icon: 'send' },
  published: { word: 'Published', tone: 'good', icon: 'check' },
  failed: { word: 'Failed', tone: 'bad', icon: 'cross' },
  unconfirmed: { word: 'Unconfirmed', tone: 'warn', icon: 'question' },
  cancelled: { word: 'Cancelled', tone: 'still', icon: 'cross' },
  archived: { word: 'Archived', tone: 'still', icon: 'archive' },
}

export function publicationStanding(publication: Publication): Standing {
  switch (publication.status) {
    case 'claimed':
    case 'submitted':
    case 'processing':
      return 'sending'
    case 'scheduled':
      return publication.held ? 'held' : 'scheduled'
    default:
      return publication.status
  }
}

/** Worst first: what needs somebody outranks what goes well. */
const rank: readonly Standing[] = ['failed', 'unconfirmed', 'held', 'sending', 'scheduled']

export function contentStanding(content: Content): Standing {
  if (content.status === 'draft' || content.status === 'archived') return content.status
  const each = content.publications.map(publicationStanding)
  return rank.find((standing) => each.includes(standing)) ?? content.status
}

export const needsSomebody = (content: Content): boolean =>
  ['failed', 'unconfirmed', 'held'].includes(contentStanding(content))

/** When a post went out, goes out, or was last worked on. */
export function momentOf(content: Content): { at: string; verb: string } {
  if (content.publishedAt) return { at: content.publishedAt, verb: 'Published' }
  if (content.scheduledFor) return { at: content.scheduledFor, verb: 'Planned for' }
  return { at: content.updatedAt, verb: 'Edited' }
}

export function opening(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, ' ')
  return line === '' ? '(no text)' : line
}
