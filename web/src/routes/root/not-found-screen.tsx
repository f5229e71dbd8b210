import type { ReactNode } from 'react'
import { NotFound } from '../../ui/not-found.tsx'

export function NotFoundScreen(): ReactNode {
  return (
    <main>
      <NotFound />
    </main>
  )
}
