import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { disconnectAccount } from '../../api/accounts.ts'
import { contentPageQuery } from '../../api/content.ts'
import { accountsKey } from '../../api/keys.ts'
import type { SocialAccount } from '../../api/types.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { announce } from '../../ui/live-region.tsx'
import { plannedWords } from './planned-words.ts'

export function DisconnectButton({ workspaceId, account }: { workspaceId: string; account: SocialAccount }) {
  const queries = useQueryClient()
  const [asking, setAsking] = useState(false)
  const planned = useQuery({
    ...contentPageQuery(workspaceId, { status: 'scheduled', limit: 100 }),
    enabled: asking,
  })
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
        Heliograph forgets its password and stops publishing and reading numbers.{' '}
        {plannedWords(planned.data, account.id)} Published posts and their history stay. You can connect it
        again at any time.
      </ConfirmDialog>
    </>
  )
}
