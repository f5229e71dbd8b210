import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { buttonClass } from '../../ui/button.tsx'
import { useDocumentTitle } from '../../ui/page.tsx'

export function NotFoundScreen(): ReactNode {
  useDocumentTitle('Not found')
  return (
    <main className="mx-auto grid max-w-xl justify-items-start gap-3 px-5 py-20">
      <h1 className="text-xl font-semibold">There is nothing at this address</h1>
      <p className="text-quiet">
        The link may be old or mistyped. Your posts and drafts are where you left them.
      </p>
      <Link to="/" className={buttonClass('plain')}>
        Go home
      </Link>
    </main>
  )
}
