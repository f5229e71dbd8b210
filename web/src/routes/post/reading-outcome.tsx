import { Link } from '@tanstack/react-router'
import { clock } from '../../time/wording.ts'
import { buttonClass } from '../../ui/button.tsx'
import { Icon } from '../../ui/icon.tsx'
import { Notice, ProblemNotice } from '../../ui/notice.tsx'
import { useHere } from '../shell/workspace-context.ts'
import type { Reading } from './use-reading.ts'

interface ReadingOutcomeProps {
  reading: Reading
  network: string
  /** True where the account itself is what one looks at: then no link leads to it. */
  atAccount?: boolean
}

/** What came of asking for the numbers: done, still awaited, or why not. */
export function ReadingOutcome({ reading, network, atAccount = false }: ReadingOutcomeProps) {
  const { workspace } = useHere()
  const kept = 'The numbers shown stay as they were.'
  switch (reading.kind) {
    case 'none':
      return null
    case 'waiting':
      return <p className="text-xs text-quiet">Asking {network} for the numbers</p>
    case 'done':
      return (
        <p className="flex items-center gap-1.5 text-xs text-good">
          <Icon name="check" size={14} />
          Read at {clock(new Date(reading.at), workspace.timeZone)}
        </p>
      )
    case 'silent':
      return (
        <p className="text-xs text-warn">
          {network} has not told anything yet. {kept} They change here as soon as it does.
        </p>
      )
    case 'ill':
      return (
        <Notice
          tone="bad"
          title="Not read"
          actions={
            atAccount ? null : (
              <Link
                to="/w/$workspaceId/accounts"
                params={{ workspaceId: workspace.id }}
                className={buttonClass('plain', true)}
              >
                Look at the account
              </Link>
            )
          }
        >
          {reading.reason} {kept}
        </Notice>
      )
    case 'refused':
      return <ProblemNotice cause={reading.cause} kept={kept} />
  }
}
