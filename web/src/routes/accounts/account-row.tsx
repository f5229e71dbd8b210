import { may } from '../../api/permissions.ts'
import type { SocialAccount } from '../../api/types.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { Button } from '../../ui/button.tsx'
import { ReadingOutcome } from '../post/reading-outcome.tsx'
import { useReading } from '../post/use-reading.ts'
import { useHere } from '../shell/workspace-context.ts'
import { AccountCounts } from './account-counts.tsx'
import { DisconnectButton } from './disconnect-button.tsx'
import { HealthBadge } from './health-badge.tsx'

export function AccountRow({ account, onReconnect }: { account: SocialAccount; onReconnect: () => void }) {
  const { workspace } = useHere()
  const allowed = may(workspace.role, 'connect')
  const { reading, ask } = useReading({
    workspaceId: workspace.id,
    accountId: account.id,
    readAt: account.countsTakenAt,
    account,
  })
  const gone = account.status === 'disconnected'
  return (
    <li className="grid gap-x-6 gap-y-3 py-4 md:grid-cols-[minmax(0,1fr)_auto]">
      <div className="flex min-w-0 gap-3">
        <Avatar name={account.displayName || account.username} url={account.avatarUrl} size={44} />
        <div className="min-w-0">
          <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
            <h2 className="font-semibold">{account.displayName || account.username}</h2>
            <HealthBadge account={account} />
          </div>
          <p className="text-sm text-quiet">
            @{account.username} on {account.platformName}
            {account.serviceUrl === 'https://bsky.social' ? '' : ` at ${hostOf(account.serviceUrl)}`}
          </p>
          {account.healthReason ? <p className="mt-1 max-w-[65ch] text-sm">{account.healthReason}</p> : null}
        </div>
      </div>
      <AccountCounts account={account} zone={workspace.timeZone} />
      {allowed ? (
        <div className="flex flex-wrap gap-2 ps-14 md:col-span-2">
          {gone ? null : (
            <Button
              small
              icon="refresh"
              busy={reading.kind === 'waiting'}
              onClick={ask}
              aria-label={`Sync now: @${account.username}`}
            >
              Sync now
            </Button>
          )}
          <Button small icon="key" onClick={onReconnect} aria-label={`Reconnect @${account.username}`}>
            Reconnect
          </Button>
          {gone ? null : <DisconnectButton workspaceId={workspace.id} account={account} />}
        </div>
      ) : null}
      {gone || reading.kind === 'none' ? null : (
        <div className="ps-14 md:col-span-2">
          <ReadingOutcome reading={reading} network={account.platformName} atAccount />
        </div>
      )}
    </li>
  )
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url)
