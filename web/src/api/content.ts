import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { client, done, read } from './client.ts'
import { allContentKey, contentKey, previewKey } from './keys.ts'
import type { ContentDraft, ContentStatus } from './types.ts'

export const contentQuery = (workspaceId: string, contentId: string) =>
  queryOptions({
    queryKey: contentKey(workspaceId, contentId),
    queryFn: ({ signal }) =>
      read(
        client.GET('/api/v1/workspaces/{workspaceId}/content/{contentId}', {
          params: { path: { workspaceId, contentId } },
          signal,
        }),
      ),
  })

export interface ContentFilter {
  status?: ContentStatus
  from?: string
  to?: string
  limit: number
}

export const contentPageQuery = (workspaceId: string, filter: ContentFilter) =>
  queryOptions({
    queryKey: [...allContentKey(workspaceId), 'page', filter],
    queryFn: ({ signal }) =>
      read(
        client.GET('/api/v1/workspaces/{workspaceId}/content', {
          params: { path: { workspaceId }, query: filter },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  })

export const contentListQuery = (workspaceId: string, filter: ContentFilter) =>
  infiniteQueryOptions({
    queryKey: [...allContentKey(workspaceId), 'list', filter],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) =>
      read(
        client.GET('/api/v1/workspaces/{workspaceId}/content', {
          params: {
            path: { workspaceId },
            query: pageParam === '' ? filter : { ...filter, cursor: pageParam },
          },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  })

export const createContent = (workspaceId: string, body: ContentDraft) =>
  read(client.POST('/api/v1/workspaces/{workspaceId}/content', { params: { path: { workspaceId } }, body }))

export const updateContent = (workspaceId: string, contentId: string, body: ContentDraft) =>
  read(
    client.PATCH('/api/v1/workspaces/{workspaceId}/content/{contentId}', {
      params: { path: { workspaceId, contentId } },
      body,
    }),
  )

export const deleteContent = (workspaceId: string, contentId: string) =>
  done(
    client.DELETE('/api/v1/workspaces/{workspaceId}/content/{contentId}', {
      params: { path: { workspaceId, contentId } },
    }),
  )

/** `publishAt` is "now" or a wall-clock time without offset, which the server reads in the workspace's zone. */
export const publishContent = (workspaceId: string, contentId: string, publishAt: string) =>
  read(
    client.POST('/api/v1/workspaces/{workspaceId}/content/{contentId}/publish', {
      params: { path: { workspaceId, contentId } },
      body: { publishAt },
    }),
  )

export const cancelContent = (workspaceId: string, contentId: string) =>
  read(
    client.POST('/api/v1/workspaces/{workspaceId}/content/{contentId}/cancel', {
      params: { path: { workspaceId, contentId } },
    }),
  )

export const previewQuery = (workspaceId: string, draft: ContentDraft) =>
  queryOptions({
    queryKey: [...previewKey(workspaceId), draft],
    queryFn: ({ signal }) =>
      read(
        client.POST('/api/v1/workspaces/{workspaceId}/content/preview', {
          params: { path: { workspaceId } },
          body: draft,
          signal,
        }),
      ),
    enabled: draft.accountIds.length > 0,
    placeholderData: keepPreviousData,
    gcTime: 30_000,
  })
