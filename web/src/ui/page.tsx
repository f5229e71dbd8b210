import { type ReactNode, useEffect } from 'react'

interface PageProps {
  title: string
  /** What the browser's tab says, where the heading alone would not tell. */
  documentTitle?: string
  lead?: ReactNode
  actions?: ReactNode
  children: ReactNode
}

/** The frame of every screen inside a workspace: heading, what one can do here, content. */
export function Page({ title, documentTitle, lead, actions, children }: PageProps) {
  useDocumentTitle(documentTitle ?? title)
  return (
    <div className="mx-auto grid w-full max-w-6xl gap-6 px-4 py-5 md:px-8 md:py-8">
      <header className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
          {lead ? <div className="mt-1 text-sm text-quiet">{lead}</div> : null}
        </div>
        {actions ? <div className="flex flex-wrap items-center gap-2">{actions}</div> : null}
      </header>
      {children}
    </div>
  )
}

export function useDocumentTitle(title: string) {
  useEffect(() => {
    document.title = `${title} · Heliograph`
  }, [title])
}
