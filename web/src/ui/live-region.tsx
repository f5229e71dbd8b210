import { useSyncExternalStore } from 'react'
import { IconButton } from './button.tsx'
import { Icon } from './icon.tsx'

type Tone = 'good' | 'bad'

interface Toast {
  id: number
  text: string
  tone: Tone
}

const shownForMs = 5_000
let toasts: readonly Toast[] = []
let nextId = 1
const listeners = new Set<() => void>()

function change(next: readonly Toast[]) {
  toasts = next
  for (const listener of listeners) listener()
}

const dismiss = (id: number) => change(toasts.filter((toast) => toast.id !== id))

/** Says something once: read out by screen readers and shown for a few seconds. Never the only place of an error. */
export function announce(text: string, tone: Tone = 'good') {
  const id = nextId++
  change([...toasts.slice(-1), { id, text, tone }])
  setTimeout(() => dismiss(id), shownForMs)
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function LiveRegion() {
  const shown = useSyncExternalStore(subscribe, () => toasts)
  return (
    <section
      aria-label="Notices"
      aria-live="polite"
      className="pointer-events-none fixed inset-x-3 bottom-20 z-60 grid justify-items-center gap-2 md:bottom-5"
    >
      {shown.map((toast) => (
        <div
          key={toast.id}
          className="appear pointer-events-auto flex max-w-md items-center gap-2.5 rounded-md border border-line bg-raised py-1.5 ps-3.5 pe-1.5 text-sm shadow-raised"
        >
          <Icon
            name={toast.tone === 'good' ? 'check' : 'alert'}
            className={toast.tone === 'good' ? 'text-good' : 'text-bad'}
          />
          <span>{toast.text}</span>
          <IconButton icon="cross" label="Dismiss" size={15} onClick={() => dismiss(toast.id)} />
        </div>
      ))}
    </section>
  )
}
