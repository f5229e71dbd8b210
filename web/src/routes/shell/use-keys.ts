import { useRouter } from '@tanstack/react-router'
import { useEffect } from 'react'
import { rooms } from './rooms.ts'

const chordMs = 1_200

/** `c` composes, `g` and a letter goes to a room, `?` lists the keys, Ctrl or Cmd K opens everything by name. */
export function useKeys(workspaceId: string, open: (what: 'palette' | 'keys') => void) {
  const router = useRouter()
  useEffect(() => {
    let goUntil = 0
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        open('palette')
        return
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
      const going = Date.now() < goUntil
      goUntil = 0
      const room = going ? rooms.find((candidate) => candidate.key === event.key) : undefined
      if (room) {
        event.preventDefault()
        void router.navigate({ to: room.to, params: { workspaceId } })
      } else if (event.key === 'g') {
        goUntil = Date.now() + chordMs
      } else if (event.key === 'c') {
        event.preventDefault()
        void router.navigate({ to: '/w/$workspaceId/write/{-$contentId}', params: { workspaceId } })
      } else if (event.key === '?') {
        event.preventDefault()
        open('keys')
      }
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [workspaceId, router, open])
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return (
    target.matches('input, textarea, select, [contenteditable=true]') ||
    target.closest('[role=dialog], [role=menu]') !== null
  )
}
