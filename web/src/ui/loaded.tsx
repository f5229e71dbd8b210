import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { ProblemNotice } from './notice.tsx'

interface LoadedProps<T> {
  query: UseQueryResult<T>
  skeleton: ReactNode
  /** Said to screen readers while the skeleton shows. */
  what: string
  children: (data: T) => ReactNode
}

/** One query's three faces: its skeleton, its content, or why there is none. Known content outlives an error. */
export function Loaded<T>({ query, skeleton, what, children }: LoadedProps<T>) {
  if (query.data !== undefined) return children(query.data)
  if (query.isError) return <ProblemNotice cause={query.error} onRetry={() => void query.refetch()} />
  return (
    <div aria-busy="true">
      <p className="sr-only" role="status">
        Loading {what}
      </p>
      <div aria-hidden="true">{skeleton}</div>
    </div>
  )
}
