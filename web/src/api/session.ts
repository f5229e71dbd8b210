import { queryOptions } from '@tanstack/react-query'
import { client, done, read } from './client.ts'
import { sessionKey } from './keys.ts'

export const sessionQuery = queryOptions({
  queryKey: sessionKey,
  queryFn: ({ signal }) => read(client.GET('/api/v1/auth/session', { signal })),
  staleTime: 60_000,
})

export const signUp = (input: { name: string; email: string; password: string }) =>
  read(client.POST('/api/v1/auth/sign-up', { body: input }))

export const signIn = (input: { email: string; password: string }) =>
  read(client.POST('/api/v1/auth/sign-in', { body: input }))

export const signOut = () => done(client.POST('/api/v1/auth/sign-out'))

export const requestPasswordReset = (email: string) =>
  done(client.POST('/api/v1/auth/password-reset-requests', { body: { email } }))

export const resetPassword = (input: { token: string; newPassword: string }) =>
  done(client.POST('/api/v1/auth/password-resets', { body: input }))
