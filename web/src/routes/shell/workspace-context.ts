import { createContext, useContext } from 'react'
import type { Session, Workspace } from '../../api/types.ts'

export interface Here {
  workspace: Workspace
  session: Session
}

export const HereContext = createContext<Here | null>(null)

/** The workspace that the screen belongs to, and who looks at it. */
export function useHere(): Here {
  const here = useContext(HereContext)
  if (!here) throw new Error('useHere is for screens inside the shell of a workspace')
  return here
}
