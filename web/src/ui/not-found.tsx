import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { buttonClass } from './button.tsx'
import { useDocumentTitle } from './page.tsx'

/** An address that leads to nothing, or to nothing that this person may see. */
export function NotFound(): ReactNode {
  useDocumentTitle('Not found')
  return (
    <div className="mx-auto grid max-w-xl justify-items-start gap-3 px-5 py-20">
      <h1 className="text-xl font-semibold">There is nothing at this address</h1>
      <p className="text-quiet">
        The link may be old or mistyped, or what it led to was deleted. Everything else is where you left it.
      </p>
      <Link to="/" className={buttonClass('plain')}>
        Go home
      </Link>
    </div>
  )
}
