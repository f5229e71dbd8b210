import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { operatorQuery } from '../../api/operations.ts'
import { roleNames } from '../../api/permissions.ts'
import { signOut } from '../../api/session.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { announce } from '../../ui/live-region.tsx'
import { Menu, MenuChoice, MenuItem, MenuLine } from '../../ui/menu.tsx'
import { setTheme, themeNames, themes, useTheme } from '../../ui/theme.ts'
import { useHere } from './workspace-context.ts'

interface PersonMenuProps {
  narrow?: boolean
  side?: 'top' | 'bottom'
  onKeys: () => void
}

export function PersonMenu({ narrow = false, side = 'top', onKeys }: PersonMenuProps) {
  const { session, workspace } = useHere()
  const theme = useTheme()
  const operator = useQuery(operatorQuery).data?.operator ?? false
  const queries = useQueryClient()
  const router = useRouter()
  const leave = useMutation({
    mutationFn: signOut,
    onSuccess: async () => {
      queries.clear()
      await router.navigate({ to: '/sign-in' })
    },
    onError: () =>
      announce('You are still signed in: the server does not answer. Try again in a moment.', 'bad'),
  })
  const { user } = session
  return (
    <Menu
      side={side}
      align={side === 'top' ? 'start' : 'end'}
      trigger={
        <button
          type="button"
          className="flex min-h-10 min-w-0 items-center gap-2.5 rounded-md px-1.5 text-start hover:bg-hover"
        >
          <Avatar name={user.name} url={user.avatarUrl} size={28} />
          <span className="sr-only">{narrow ? `${user.name}: ` : ''}colours, keys, sign out</span>
          {narrow ? null : (
            <span className="min-w-0">
              <span className="block truncate text-sm font-medium">{user.name}</span>
              <span className="block text-xs text-quiet">{roleNames[workspace.role]}</span>
            </span>
          )}
        </button>
      }
    >
      <p className="px-2.5 pt-1.5 text-xs text-quiet">{user.email}</p>
      <MenuChoice
        label="Colours"
        value={theme}
        onChange={setTheme}
        options={themes.map((one) => ({ value: one, label: themeNames[one] }))}
      />
      <MenuLine />
      {operator ? (
        <MenuItem icon="rail" onSelect={() => void router.navigate({ to: '/operations' })}>
          Operations
        </MenuItem>
      ) : null}
      <MenuItem icon="question" onSelect={onKeys}>
        Keys
      </MenuItem>
      <MenuItem icon="external" onSelect={() => leave.mutate()}>
        Sign out
      </MenuItem>
    </Menu>
  )
}
