import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Outlet } from '@tanstack/react-router'
import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react'
import { sessionQuery } from '../../api/session.ts'
import { BottomBar } from './bottom-bar.tsx'
import { GeneratedMark } from './generated-mark.tsx'
import { rememberWorkspace } from './last-workspace.ts'
import { NoWorkspace } from './no-workspace.tsx'
import { Rail } from './rail.tsx'
import { TopBar } from './top-bar.tsx'
import { useKeys } from './use-keys.ts'
import { useLive } from './use-live.ts'
import { HereContext } from './workspace-context.ts'

const CommandPalette = lazy(() =>
  import('./command-palette.tsx').then((m) => ({ default: m.CommandPalette })),
)
const KeysDialog = lazy(() => import('./keys-dialog.tsx').then((m) => ({ default: m.KeysDialog })))
const route = getRouteApi('/w/$workspaceId')

export function Shell(): ReactNode {
  const { workspaceId } = route.useParams()
  const { data: session } = useQuery(sessionQuery)
  const workspace = session?.workspaces.find((candidate) => candidate.id === workspaceId)
  if (!session) return null
  if (!workspace) return <NoWorkspace session={session} />
  return (
    <HereContext value={{ workspace, session }}>
      <Frame key={workspace.id} workspaceId={workspace.id} />
    </HereContext>
  )
}

function Frame({ workspaceId }: { workspaceId: string }) {
  const [open, setOpen] = useState<'palette' | 'keys' | null>(null)
  const live = useLive(workspaceId)
  useKeys(workspaceId, setOpen)
  useEffect(() => rememberWorkspace(workspaceId), [workspaceId])
  const close = (stay: boolean) => {
    if (!stay) setOpen(null)
  }
  return (
    <div className="min-h-dvh md:flex">
      <a
        href="#content"
        className="fixed start-3 top-3 z-60 -translate-y-20 rounded-md bg-sun px-4 py-2 font-semibold text-on-sun focus:translate-y-0"
      >
        Skip to content
      </a>
      <Rail live={live} onPalette={() => setOpen('palette')} onKeys={() => setOpen('keys')} />
      <TopBar live={live} onKeys={() => setOpen('keys')} />
      <main id="content" tabIndex={-1} className="min-w-0 grow pb-20 outline-none md:pb-0">
        <GeneratedMark />
        <Outlet />
      </main>
      <BottomBar />
      <Suspense>
        {open === 'palette' ? <CommandPalette onOpenChange={close} onKeys={() => setOpen('keys')} /> : null}
        {open === 'keys' ? <KeysDialog onOpenChange={close} /> : null}
      </Suspense>
    </div>
  )
}
