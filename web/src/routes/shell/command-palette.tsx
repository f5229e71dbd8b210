import { useQuery } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { operatorQuery } from '../../api/operations.ts'
import { ComboboxList, matching, type Option } from '../../ui/combobox.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { setTheme, themeNames, themes } from '../../ui/theme.ts'
import { rooms } from './rooms.ts'
import { useHere } from './workspace-context.ts'

interface Command extends Option {
  run: () => void
}

interface CommandPaletteProps {
  onOpenChange: (open: boolean) => void
  onKeys: () => void
}

export function CommandPalette({ onOpenChange, onKeys }: CommandPaletteProps) {
  const [query, setQuery] = useState('')
  const commands = useCommands(onKeys)
  const found = matching(commands, query, 20)
  return (
    <Dialog open onOpenChange={onOpenChange} title="Go to or do">
      <ComboboxList
        label="Find a room or an action"
        placeholder="Type a name"
        query={query}
        onQueryChange={setQuery}
        options={found}
        onPick={(option) => {
          onOpenChange(false)
          commands.find((command) => command.id === option.id)?.run()
        }}
        none="Nothing has this name."
      />
    </Dialog>
  )
}

function useCommands(onKeys: () => void): Command[] {
  const router = useRouter()
  const { workspace, session } = useHere()
  const operator = useQuery(operatorQuery).data?.operator ?? false
  const params = { workspaceId: workspace.id }
  return [
    {
      id: 'write',
      label: 'Write a post',
      hint: 'c',
      run: () => void router.navigate({ to: '/w/$workspaceId/write/{-$contentId}', params }),
    },
    ...rooms.map((room) => ({
      id: `go-${room.key}`,
      label: room.label,
      hint: `g ${room.key}`,
      run: () => void router.navigate({ to: room.to, params }),
    })),
    ...session.workspaces
      .filter((other) => other.id !== workspace.id)
      .map((other) => ({
        id: `workspace-${other.id}`,
        label: `Switch to ${other.name}`,
        run: () => void router.navigate({ to: '/w/$workspaceId', params: { workspaceId: other.id } }),
      })),
    {
      id: 'new-workspace',
      label: 'New workspace',
      run: () => void router.navigate({ to: '/new-workspace' }),
    },
    ...(operator
      ? [{ id: 'operations', label: 'Operations', run: () => void router.navigate({ to: '/operations' }) }]
      : []),
    ...themes.map((theme) => ({
      id: `theme-${theme}`,
      label: `Colours: ${themeNames[theme].toLowerCase()}`,
      run: () => setTheme(theme),
    })),
    { id: 'keys', label: 'Show the keys', hint: '?', run: onKeys },
  ]
}
