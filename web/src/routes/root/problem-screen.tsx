import { type ErrorComponentProps, useRouter } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { ProblemNotice } from '../../ui/notice.tsx'
import { useDocumentTitle } from '../../ui/page.tsx'

/** Where a screen can't be shown at all: the server is away, or the page itself is broken. */
export function ProblemScreen({ error, reset }: ErrorComponentProps): ReactNode {
  const router = useRouter()
  useDocumentTitle('Problem')
  return (
    <main className="mx-auto grid max-w-xl gap-4 px-5 py-20">
      <h1 className="text-xl font-semibold">This screen can't be shown</h1>
      <ProblemNotice
        cause={error}
        kept="What you have typed in a post is kept on this device."
        onRetry={() => {
          reset()
          void router.invalidate()
        }}
      />
    </main>
  )
}
