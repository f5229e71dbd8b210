import { useQueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { sessionKey } from '../../api/keys.ts'
import type { Session } from '../../api/types.ts'

/** After signing in or up: keeps the session and goes on to where the person wanted to be. */
export function useEnter(next: string | undefined) {
  const queries = useQueryClient()
  const router = useRouter()
  return async (session: Session) => {
    queries.setQueryData(sessionKey, session)
    if (next) await router.navigate({ href: next, replace: true })
    else await router.navigate({ to: '/', replace: true })
  }
}

/** The text of one field of a submitted form. */
export function fieldText(form: FormData, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' ? value : ''
}
