import type { ReactNode } from 'react'

/** Nothing here yet: why, and the one thing to do. */
export function Empty({
  title,
  children,
  action,
}: {
  title: string
  children: ReactNode
  action?: ReactNode
}) {
  return (
    <div className="grid justify-items-start gap-3 rounded-lg border border-dashed border-edge px-5 py-8 sm:px-8">
      <h2 className="text-lg font-semibold">{title}</h2>
      <p className="max-w-[60ch] text-quiet">{children}</p>
      {action}
    </div>
  )
}
