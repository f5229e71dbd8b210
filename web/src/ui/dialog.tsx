import { Dialog as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { Icon } from './icon.tsx'

interface DialogProps {
  open: boolean
  onOpenChange: (open: boolean) => void
  title: string
  description?: ReactNode
  children: ReactNode
  wide?: boolean
}

/**
 * The backdrop is our own element: Radix's overlay would inject a style element, which the content security
 * policy refuses.
 */
export function Dialog({ open, onOpenChange, title, description, children, wide = false }: DialogProps) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <div className="fixed inset-0 z-40 bg-black/45" />
        <Radix.Content
          onOpenAutoFocus={focusFirstField}
          {...(description ? {} : { 'aria-describedby': undefined })}
          className={`appear fixed inset-x-3 bottom-3 z-50 mx-auto max-h-[92dvh] overflow-y-auto overscroll-contain rounded-lg bg-raised p-5 shadow-raised sm:top-[12dvh] sm:bottom-auto sm:max-h-[80dvh] ${
            wide ? 'max-w-2xl' : 'max-w-md'
          }`}
        >
          <div className="mb-4 flex items-start justify-between gap-4">
            <div className="grid gap-1">
              <Radix.Title className="text-lg font-semibold">{title}</Radix.Title>
              {description ? (
                <Radix.Description className="text-sm text-quiet">{description}</Radix.Description>
              ) : null}
            </div>
            <Radix.Close
              className="inline-flex size-8 shrink-0 items-center justify-center rounded-md text-quiet hover:bg-hover hover:text-ink"
              aria-label="Close"
            >
              <Icon name="cross" />
            </Radix.Close>
          </div>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

/** A form begins at its first field; a dialog without one at its first button. */
function focusFirstField(event: Event) {
  const content = event.currentTarget
  const field =
    content instanceof HTMLElement ? content.querySelector<HTMLElement>('input, select, textarea') : null
  if (!field) return
  event.preventDefault()
  field.focus()
}
