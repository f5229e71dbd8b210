import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { disconnectAccount, syncAccount } from '../../api/accounts.ts'
import { accountsKey } from '../../api/keys.ts'
import { may } from '../../api/permissions.ts'
import { asProblem } from '../../api/problem.ts'
import type { SocialAccount } from '../../api/types.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { announce } from '../../ui/live-region.tsx'
import { useHere } from '../shell/workspace-context.ts'
import { AccountCounts } from './account-counts.tsx'
import { HealthBadge } from './health-badge.tsx'

export function AccountRow({ account, onReconnect }: { account: SocialAccount; onReconnect: () => void }) {
  const { workspace } = useHere()
  const allowed = may(workspace.role, 'connect')
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
          {gone ? null : <SyncButton workspaceId={workspace.id} account={account} />}
          <Button small icon="key" onClick={onReconnect} aria-label={`Reconnect @${account.username}`}>
            Reconnect
          </Button>
          {gone ? null : <DisconnectButton workspaceId={workspace.id} account={account} />}
        </div>
      ) : null}
    </li>
  )
}

interface ActionProps {
  workspaceId: string
  account: SocialAccount
}

function SyncButton({ workspaceId, account }: ActionProps) {
  const sync = useMutation({
    mutationFn: () => syncAccount(workspaceId, account.id),
    onSuccess: () => announce(`Reading the numbers of @${account.username}`),
    onError: (cause) => announce(asProblem(cause).message, 'bad'),
  })
  return (
    <Button
      small
      icon="refresh"
      busy={sync.isPending}
      onClick={() => sync.mutate()}
      aria-label={`Sync now: @${account.username}`}
    >
      Sync now
    </Button>
  )
}

function DisconnectButton({ workspaceId, account }: ActionProps) {
  const queries = useQueryClient()
  const [asking, setAsking] = useState(false)
  const disconnect = useMutation({
    mutationFn: () => disconnectAccount(workspaceId, account.id),
    onSuccess: async () => {
      setAsking(false)
      announce(`@${account.username} is disconnected`)
      await queries.invalidateQueries({ queryKey: accountsKey(workspaceId) })
    },
  })
  return (
    <>
      <Button
        small
        look="quiet"
        onClick={() => setAsking(true)}
        aria-label={`Disconnect @${account.username}`}
      >
        Disconnect
      </Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={`Disconnect @${account.username}?`}
        action="Disconnect"
        busy={disconnect.isPending}
        error={disconnect.error}
        onConfirm={() => disconnect.mutate()}
      >
        Heliograph forgets its password and stops publishing and reading numbers. Published posts and their
        history stay. You can connect it again at any time.
      </ConfirmDialog>
    </>
  )
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url)
