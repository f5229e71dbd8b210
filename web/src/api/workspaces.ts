import { queryOptions } from '@tanstack/react-query'
import { client, done, read } from './client.ts'
import { invitationsKey, membersKey } from './keys.ts'
import type { Role } from './types.ts'

export const createWorkspace = (input: { name: string; timeZone: string }) =>
  read(client.POST('/api/v1/workspaces', { body: input }))

export const updateWorkspace = (workspaceId: string, input: { name?: string; timeZone?: string }) =>
  read(client.PATCH('/api/v1/workspaces/{workspaceId}', { params: { path: { workspaceId } }, body: input }))

export const membersQuery = (workspaceId: string) =>
  queryOptions({
    queryKey: membersKey(workspaceId),
    queryFn: ({ signal }) =>
      read(
        client.GET('/api/v1/workspaces/{workspaceId}/members', { params: { path: { workspaceId } }, signal }),
      ),
  })

export const changeRole = (workspaceId: string, userId: string, role: Role) =>
  read(
    client.PATCH('/api/v1/workspaces/{workspaceId}/members/{userId}', {
      params: { path: { workspaceId, userId } },
      body: { role },
    }),
  )

export const removeMember = (workspaceId: string, userId: string) =>
  done(
    client.DELETE('/api/v1/workspaces/{workspaceId}/members/{userId}', {
      params: { path: { workspaceId, userId } },
    }),
  )

export const invitationsQuery = (workspaceId: string) =>
  queryOptions({
    queryKey: invitationsKey(workspaceId),
    queryFn: ({ signal }) =>
      read(
        client.GET('/api/v1/workspaces/{workspaceId}/invitations', {
          params: { path: { workspaceId } },
          signal,
        }),
      ),
  })

export const invite = (workspaceId: string, input: { email: string; role: Exclude<Role, 'owner'> }) =>
  read(
    client.POST('/api/v1/workspaces/{workspaceId}/invitations', {
      params: { path: { workspaceId } },
      body: input,
    }),
  )

export const revokeInvitation = (workspaceId: string, invitationId: string) =>
  done(
    client.DELETE('/api/v1/workspaces/{workspaceId}/invitations/{invitationId}', {
      params: { path: { workspaceId, invitationId } },
    }),
  )

export const acceptInvitation = (token: string) =>
  read(client.POST('/api/v1/invitations/accept', { body: { token } }))
