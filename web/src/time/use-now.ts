import { useSyncExternalStore } from 'react'

const tickMs = 10_000
const listeners = new Set<() => void>()
let now = new Date()
let ticking: ReturnType<typeof setInterval> | undefined

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    ticking = setInterval(() => {
      for (const tell of listeners) tell()
    }, tickMs)
  }
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) clearInterval(ticking)
  }
}

/** The same object within a tick, as React asks of a snapshot. */
function current(): Date {
  if (Date.now() - now.getTime() >= tickMs) now = new Date()
  return now
}

/** The present, a few seconds old at most: whatever says how long ago something was stays true while one looks. */
export const useNow = (): Date => useSyncExternalStore(subscribe, current)
