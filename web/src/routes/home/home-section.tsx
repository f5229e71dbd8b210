import { type ReactNode, useId } from 'react'

/** One question and its answer. */
export function HomeSection({
  title,
  children,
  more,
}: {
  title: string
  children: ReactNode
  more?: ReactNode
}) {
  const heading = useId()
  return (
    <section aria-labelledby={heading} className="grid gap-2">
      <div className="flex items-baseline justify-between gap-4">
        <h2 id={heading} className="text-base font-semibold">
          {title}
        </h2>
        {more}
      </div>
      {children}
    </section>
  )
}
