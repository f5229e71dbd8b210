import { useRouter } from '@tanstack/react-router'
import { Icon } from '../../ui/icon.tsx'
import { Mark } from '../../ui/mark.tsx'
import { Menu, MenuChoice, MenuItem, MenuLine } from '../../ui/menu.tsx'
import { useHere } from './workspace-context.ts'

export function WorkspaceSwitcher({ narrow = false }: { narrow?: boolean }) {
  const router = useRouter()
  const { workspace, session } = useHere()
  return (
    <Menu
      trigger={
        <button
          type="button"
          className="flex min-h-10 min-w-0 items-center gap-2.5 rounded-md px-1.5 text-start hover:bg-hover"
        >
          <Mark size={26} />
          <span className="sr-only">Workspace{narrow ? ` ${workspace.name}` : ''}</span>
          {narrow ? null : (
            <>
              <span className="line-clamp-2 grow text-sm leading-tight font-semibold">{workspace.name}</span>
              <Icon name="down" size={15} className="text-quiet" />
            </>
          )}
        </button>
      }
    >
      <MenuChoice
        label="Workspaces"
        value={workspace.id}
        onChange={(workspaceId) => void router.navigate({ to: '/w/$workspaceId', params: { workspaceId } })}
        options={session.workspaces.map((one) => ({ value: one.id, label: one.name }))}
      />
      <MenuLine />
      <MenuItem icon="plus" onSelect={() => void router.navigate({ to: '/new-workspace' })}>
        New workspace
      </MenuItem>
    </Menu>
  )
}
