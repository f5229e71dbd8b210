import { queryOptions } from '@tanstack/react-query'
import { client, done, read } from './client.ts'
import { operationsKey, operatorKey } from './keys.ts'

/** Whether I look after this installation. */
export const operatorQuery = queryOptions({
  queryKey: operatorKey,
  queryFn: ({ signal }) => read(client.GET('/api/v1/operations', { signal })),
  staleTime: 300_000,
})

export const operationsQuery = queryOptions({
  queryKey: operationsKey,
  queryFn: ({ signal }) => read(client.GET('/api/v1/operations/jobs', { signal })),
})

export const runDuty = (name: string) =>
  done(client.POST('/api/v1/operations/jobs/{name}/run', { params: { path: { name } } }))
