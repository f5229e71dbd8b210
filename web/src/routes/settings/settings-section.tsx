import { type ReactNode, useId } from 'react'

export function SettingsSection({
  title,
  text,
  children,
}: {
  title: string
  text: string
  children: ReactNode
}) {
  const heading = useId()
  return (
    <section
      aria-labelledby={heading}
      className="grid gap-x-10 gap-y-4 py-8 first:pt-0 lg:grid-cols-[15rem_minmax(0,1fr)]"
    >
      <div>
        <h2 id={heading} className="font-semibold">
          {title}
        </h2>
        <p className="text-sm text-quiet">{text}</p>
      </div>
      <div className="min-w-0">{children}</div>
    </section>
  )
}
