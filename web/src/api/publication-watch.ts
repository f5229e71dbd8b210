import type { QueryClient } from '@tanstack/react-query'
import { allContentKey } from './keys.ts'
import type { Content, Publication, PublicationStatus } from './types.ts'

const newsworthy: readonly PublicationStatus[] = ['published', 'failed', 'unconfirmed']

/** Calls back when a publication that was seen in one state turns published, failed or unconfirmed. */
export function watchPublications(
  workspaceId: string,
  queries: QueryClient,
  onNews: (content: Content, publication: Publication) => void,
): () => void {
  const seen = new Map<string, PublicationStatus>()
  const prefix = allContentKey(workspaceId)
  return queries.getQueryCache().subscribe((event) => {
    if (event.type !== 'updated' || event.action.type !== 'success') return
    if (!prefix.every((part, index) => event.query.queryKey[index] === part)) return
    for (const content of contentsIn(event.query.state.data)) {
      for (const publication of content.publications) {
        const before = seen.get(publication.id)
        seen.set(publication.id, publication.status)
        if (before === undefined || before === publication.status) continue
        if (newsworthy.includes(publication.status)) onNews(content, publication)
      }
    }
  })
}

function contentsIn(data: unknown): Content[] {
  if (typeof data !== 'object' || data === null) return []
  if ('publications' in data) return [data as Content]
  if ('items' in data && Array.isArray(data.items)) return data.items as Content[]
  if ('pages' in data && Array.isArray(data.pages)) return data.pages.flatMap(contentsIn)
  return []
}
