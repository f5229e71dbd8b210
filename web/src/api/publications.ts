import { queryOptions } from '@tanstack/react-query'
import { client, read } from './client.ts'
import { allAttemptsKey, allSeriesKey } from './keys.ts'

export const attemptsQuery = (workspaceId: string, publicationId: string) =>
  queryOptions({
    queryKey: [...allAttemptsKey(workspaceId), publicationId],
    queryFn: ({ signal }) =>
      read(
        client.GET('/api/v1/workspaces/{workspaceId}/publications/{publicationId}/attempts', {
          params: { path: { workspaceId, publicationId } },
          signal,
        }),
      ),
  })

export const retryPublication = (workspaceId: string, publicationId: string) =>
  read(
    client.POST('/api/v1/workspaces/{workspaceId}/publications/{publicationId}/retry', {
      params: { path: { workspaceId, publicationId } },
    }),
  )

export const seriesQuery = (workspaceId: string, publishedPostId: string) =>
  queryOptions({
    queryKey: [...allSeriesKey(workspaceId), publishedPostId],
    queryFn: ({ signal }) =>
      read(
        client.GET('/api/v1/workspaces/{workspaceId}/published-posts/{publishedPostId}/metrics', {
          params: { path: { workspaceId, publishedPostId } },
          signal,
        }),
      ),
  })
