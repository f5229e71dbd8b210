import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { LiveState } from '../../api/live.ts'
import { may, whyNot } from '../../api/permissions.ts'
import { buttonClass } from '../../ui/button.tsx'
import { Icon, type IconName } from '../../ui/icon.tsx'
import { LiveIndicator } from './live-indicator.tsx'
import { PersonMenu } from './person-menu.tsx'
import { rooms } from './rooms.ts'
import { useHere } from './workspace-context.ts'
import { WorkspaceSwitcher } from './workspace-switcher.tsx'

const storageKey = 'heliograph.rail'

interface RailProps {
  live: LiveState
  onPalette: () => void
  onKeys: () => void
}

export function Rail({ live, onPalette, onKeys }: RailProps) {
  const { workspace } = useHere()
  const [narrow, setNarrow] = useState(() => localStorage.getItem(storageKey) === 'narrow')
  const toggle = () => {
    localStorage.setItem(storageKey, narrow ? 'wide' : 'narrow')
    setNarrow(!narrow)
  }
  const params = { workspaceId: workspace.id }
  const writes = may(workspace.role, 'write')
  return (
    <aside
      aria-label="Workspace"
      className={`sticky top-0 z-20 hidden h-dvh shrink-0 flex-col gap-4 border-e border-line bg-surface p-3 md:flex ${
        narrow ? 'w-16' : 'w-56'
      }`}
    >
      <WorkspaceSwitcher narrow={narrow} />
      {writes ? (
        <Link
          to="/w/$workspaceId/write/{-$contentId}"
          params={params}
          aria-label="Write"
          className={buttonClass('primary')}
        >
          <Icon name="write" />
          {narrow ? null : 'Write'}
        </Link>
      ) : (
        <p title={whyNot(workspace.role, 'write')} className="px-1.5 text-xs text-quiet">
          {narrow ? null : 'You read along here; editors write.'}
        </p>
      )}
      <nav aria-label="Rooms" className="grid gap-0.5">
        {rooms.map((room) => (
          <Link
            key={room.to}
            to={room.to}
            params={params}
            activeOptions={{ exact: room.exact, includeSearch: false }}
            activeProps={{ className: 'bg-hover font-semibold text-ink' }}
            inactiveProps={{ className: 'text-quiet font-medium' }}
            aria-label={room.label}
            title={narrow ? room.label : undefined}
            className="flex min-h-9 items-center gap-3 rounded-md px-2.5 text-sm hover:bg-hover hover:text-ink"
          >
            <Icon name={room.icon} />
            {narrow ? null : room.label}
          </Link>
        ))}
      </nav>
      <div className="mt-auto grid gap-1">
        <RailButton icon="search" label="Find" keys="Ctrl K" narrow={narrow} onClick={onPalette} />
        <RailButton icon="rail" label={narrow ? 'Widen' : 'Narrow'} narrow={narrow} onClick={toggle} />
        <div className={narrow ? 'flex justify-center py-2' : 'px-3.5 py-2'}>
          <LiveIndicator state={live} compact={narrow} />
        </div>
        <PersonMenu narrow={narrow} onKeys={onKeys} />
      </div>
    </aside>
  )
}

interface RailButtonProps {
  icon: IconName
  label: string
  keys?: string
  narrow: boolean
  onClick: () => void
}

function RailButton({ icon, label, keys, narrow, onClick }: RailButtonProps) {
  return (
    <button
      type="button"
      onClick={onClick}
      title={narrow ? label : undefined}
      className="flex min-h-9 items-center gap-3 rounded-md px-2.5 text-sm font-medium text-quiet hover:bg-hover hover:text-ink"
    >
      <Icon name={icon} />
      <span className={narrow ? 'sr-only' : 'grow text-start'}>{label}</span>
      {keys && !narrow ? (
        <span aria-hidden="true" className="text-xs text-faint">
          {keys}
        </span>
      ) : null}
    </button>
  )
}
