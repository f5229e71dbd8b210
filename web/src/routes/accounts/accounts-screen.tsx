import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { accountsQuery } from '../../api/accounts.ts'
import { may, whyNot } from '../../api/permissions.ts'
import type { SocialAccount } from '../../api/types.ts'
import { Button } from '../../ui/button.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Page } from '../../ui/page.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { useHere } from '../shell/workspace-context.ts'
import { AccountRow } from './account-row.tsx'
import { ConnectDialog } from './connect-dialog.tsx'

/** Null: closed. `undefined` account: a new one. */
type Connecting = { account: SocialAccount | undefined } | null

export function AccountsScreen(): ReactNode {
  const { workspace } = useHere()
  const accounts = useQuery(accountsQuery(workspace.id))
  const [connecting, setConnecting] = useState<Connecting>(null)
  const allowed = may(workspace.role, 'connect')
  const connect = allowed ? (
    <Button look="primary" icon="plus" onClick={() => setConnecting({ account: undefined })}>
      Connect Bluesky
    </Button>
  ) : null
  const hasAny = accounts.data !== undefined && accounts.data.items.length > 0
  return (
    <Page
      title="Accounts"
      lead={allowed ? 'Where this workspace publishes and reads numbers.' : whyNot(workspace.role, 'connect')}
      actions={hasAny ? connect : null}
    >
      <Loaded query={accounts} skeleton={<SkeletonRows count={3} />} what="the accounts">
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="Connect your first account" action={connect}>
              Heliograph publishes to your Bluesky account and reads its numbers back. You need your handle
              and an app password, never your real one.
            </Empty>
          ) : (
            <ul className="divide-y divide-line border-y border-line">
              {items.map((account) => (
                <AccountRow
                  key={account.id}
                  account={account}
                  onReconnect={() => setConnecting({ account })}
                />
              ))}
            </ul>
          )
        }
      </Loaded>
      {connecting ? <ConnectDialog account={connecting.account} onClose={() => setConnecting(null)} /> : null}
    </Page>
  )
}
