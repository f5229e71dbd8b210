import { queryOptions } from '@tanstack/react-query'
import { client, done, read } from './client.ts'
import { accountsKey } from './keys.ts'

export const accountsQuery = (workspaceId: string) =>
  queryOptions({
    queryKey: accountsKey(workspaceId),
    queryFn: ({ signal }) =>
      read(
        client.GET('/api/v1/workspaces/{workspaceId}/accounts', {
          params: { path: { workspaceId } },
          signal,
        }),
      ),
  })

export interface BlueskyLogin {
  handle: string
  appPassword: string
  serviceUrl: string
}

/** Connecting an account that is already there gives it new credentials. */
export const connectBluesky = (workspaceId: string, login: BlueskyLogin) =>
  read(
    client.POST('/api/v1/workspaces/{workspaceId}/accounts', {
      params: { path: { workspaceId } },
      body: { platform: 'bluesky', ...login },
    }),
  )

export const disconnectAccount = (workspaceId: string, accountId: string) =>
  done(
    client.DELETE('/api/v1/workspaces/{workspaceId}/accounts/{accountId}', {
      params: { path: { workspaceId, accountId } },
    }),
  )

export const syncAccount = (workspaceId: string, accountId: string) =>
  done(
    client.POST('/api/v1/workspaces/{workspaceId}/accounts/{accountId}/sync', {
      params: { path: { workspaceId, accountId } },
    }),
  )
