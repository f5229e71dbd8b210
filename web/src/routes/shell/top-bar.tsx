import type { LiveState } from '../../api/live.ts'
import { LiveIndicator } from './live-indicator.tsx'
import { PersonMenu } from './person-menu.tsx'
import { WorkspaceSwitcher } from './workspace-switcher.tsx'

/** On a narrow screen: where I am and who I am. The rooms are in the bottom bar. */
export function TopBar({ live, onKeys }: { live: LiveState; onKeys: () => void }) {
  return (
    <header className="sticky top-0 z-30 flex items-center justify-between gap-3 border-b border-line bg-surface px-2.5 py-1 md:hidden">
      <WorkspaceSwitcher />
      <div className="flex shrink-0 items-center gap-2">
        <LiveIndicator state={live} />
        <PersonMenu narrow side="bottom" onKeys={onKeys} />
      </div>
    </header>
  )
}
