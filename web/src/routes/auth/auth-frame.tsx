import type { ReactNode } from 'react'
import { Mark } from '../../ui/mark.tsx'
import { useDocumentTitle } from '../../ui/page.tsx'

/** The quiet page around everything before a workspace: name of the product, one heading, one form. */
export function AuthFrame({
  title,
  lead,
  children,
}: {
  title: string
  lead?: ReactNode
  children: ReactNode
}) {
  useDocumentTitle(title)
  return (
    <div className="grid min-h-dvh grid-rows-[auto_1fr_auto] px-5">
      <header className="mx-auto flex w-full max-w-sm items-center gap-2.5 pt-8 text-lg font-semibold tracking-tight sm:pt-[10dvh]">
        <Mark size={34} />
        Heliograph
      </header>
      <main className="mx-auto w-full max-w-sm pt-8 pb-12">
        <h1 className="text-2xl font-semibold tracking-tight">{title}</h1>
        {lead ? <p className="mt-2 text-quiet">{lead}</p> : null}
        <div className="mt-7">{children}</div>
      </main>
      <footer className="mx-auto w-full max-w-sm pb-6 text-xs text-quiet">
        Plan, publish exactly once, measure and explain. On your own machine.
      </footer>
    </div>
  )
}
