import { Dialog } from '../../ui/dialog.tsx'
import { rooms } from './rooms.ts'

const keys: readonly { keys: readonly string[]; does: string }[] = [
  { keys: ['c'], does: 'Write a post' },
  { keys: ['Ctrl', 'K'], does: 'Find anything by name (Cmd K on a Mac)' },
  ...rooms.map((room) => ({ keys: ['g', room.key], does: `Go to ${room.label}` })),
  { keys: ['←', '→', '↑', '↓'], does: 'Move by day in the calendar' },
  { keys: ['Ctrl', 'Enter'], does: 'Publish or schedule, in the composer' },
  { keys: ['?'], does: 'Show these keys' },
]

export function KeysDialog({ onOpenChange }: { onOpenChange: (open: boolean) => void }) {
  return (
    <Dialog open onOpenChange={onOpenChange} title="Keys">
      <dl className="grid gap-2">
        {keys.map((entry) => (
          <div key={entry.does} className="flex items-center justify-between gap-4 text-sm">
            <dt className="order-2 flex shrink-0 gap-1">
              {entry.keys.map((key) => (
                <kbd
                  key={key}
                  className="min-w-7 rounded-sm border border-edge bg-surface px-1.5 py-0.5 text-center font-mono text-xs"
                >
                  {key}
                </kbd>
              ))}
            </dt>
            <dd>{entry.does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
