import { Link } from '@tanstack/react-router'
import { may } from '../../api/permissions.ts'
import { Icon } from '../../ui/icon.tsx'
import { type Room, rooms } from './rooms.ts'
import { useHere } from './workspace-context.ts'

const itemClass = 'flex min-h-13 flex-col items-center justify-center gap-0.5 text-[0.6875rem]'

/** Write stands in the middle, under the thumb. */
export function BottomBar() {
  const { workspace } = useHere()
  const params = { workspaceId: workspace.id }
  return (
    <nav
      aria-label="Rooms"
      className="fixed inset-x-0 bottom-0 z-30 grid auto-cols-fr grid-flow-col border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      {rooms.slice(0, 2).map((room) => (
        <RoomLink key={room.to} room={room} workspaceId={workspace.id} />
      ))}
      {may(workspace.role, 'write') ? (
        <Link
          to="/w/$workspaceId/write/{-$contentId}"
          params={params}
          className={`${itemClass} font-semibold`}
          activeProps={{ className: 'shadow-[inset_0_2px_0_var(--color-sun)]' }}
        >
          <span className="rounded-full bg-sun px-3 py-0.5 text-on-sun">
            <Icon name="write" size={16} />
          </span>
          Write
        </Link>
      ) : null}
      {rooms.slice(2).map((room) => (
        <RoomLink key={room.to} room={room} workspaceId={workspace.id} />
      ))}
    </nav>
  )
}

function RoomLink({ room, workspaceId }: { room: Room; workspaceId: string }) {
  return (
    <Link
      to={room.to}
      params={{ workspaceId }}
      activeOptions={{ exact: room.exact, includeSearch: false }}
      activeProps={{ className: 'font-semibold text-ink shadow-[inset_0_2px_0_var(--color-sun)]' }}
      inactiveProps={{ className: 'text-quiet' }}
      className={itemClass}
    >
      <Icon name={room.icon} />
      {room.label}
    </Link>
  )
}
