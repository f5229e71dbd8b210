import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { isNotFound } from '../api/problem.ts'
import { NotFound } from './not-found.tsx'
import { ProblemNotice } from './notice.tsx'
import { Page } from './page.tsx'

interface LoadedProps<T> {
  query: UseQueryResult<T>
  skeleton: ReactNode
  /** Said to screen readers while the skeleton shows. */
  what: string
  /** The heading of a screen that is nothing without this query: then a fault takes the whole screen as well. */
  screen?: string
  children: (data: T) => ReactNode
}

/** One query's three faces: its skeleton, its content, or why there is none. Known content outlives an error. */
export function Loaded<T>({ query, skeleton, what, screen, children }: LoadedProps<T>) {
  if (query.data !== undefined) return children(query.data)
  if (query.isError) {
    const missing = isNotFound(query.error)
    if (missing && screen) return <NotFound />
    const retry = missing ? {} : { onRetry: () => void query.refetch() }
    const notice = <ProblemNotice cause={query.error} {...retry} />
    return screen ? <Page title={screen}>{notice}</Page> : notice
  }
  return (
    <div aria-busy="true">
      <p className="sr-only" role="status">
        Loading {what}
      </p>
      <div aria-hidden="true">{skeleton}</div>
    </div>
  )
}
