import { useMutation, useQueryClient } from '@tanstack/react-query'
import { connectBluesky } from '../../api/accounts.ts'
import { accountsKey } from '../../api/keys.ts'
import type { SocialAccount } from '../../api/types.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { TextField } from '../../ui/field.tsx'
import { formErrors } from '../../ui/field-errors.ts'
import { announce } from '../../ui/live-region.tsx'
import { Notice } from '../../ui/notice.tsx'
import { fieldText } from '../auth/use-enter.ts'
import { useHere } from '../shell/workspace-context.ts'

const defaultServer = 'https://bsky.social'

interface ConnectDialogProps {
  /** The account to connect again; absent for a new one. */
  account: SocialAccount | undefined
  onClose: () => void
}

export function ConnectDialog({ account, onClose }: ConnectDialogProps) {
  const { workspace } = useHere()
  const queries = useQueryClient()
  const connect = useMutation({
    mutationFn: (input: { handle: string; appPassword: string; serviceUrl: string }) =>
      connectBluesky(workspace.id, input),
    onSuccess: async (connected) => {
      announce(`@${connected.username} is connected`)
      onClose()
      await queries.invalidateQueries({ queryKey: accountsKey(workspace.id) })
    },
  })
  const errors = formErrors(connect.error, ['handle', 'appPassword', 'serviceUrl'])
  const server = account?.serviceUrl ?? defaultServer
  const serverFault = errors.of('serviceUrl', 'Server')
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose()
      }}
      title={account ? `Reconnect @${account.username}` : 'Connect Bluesky'}
      description="Your posts go out under this account. The app password is used once, to sign in, and not kept."
    >
      <form
        noValidate
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          const data = new FormData(event.currentTarget)
          connect.mutate({
            handle: fieldText(data, 'handle').trim().replace(/^@/, ''),
            appPassword: fieldText(data, 'appPassword').trim(),
            serviceUrl: fieldText(data, 'serviceUrl').trim() || defaultServer,
          })
        }}
      >
        {errors.rest ? <Notice tone="bad">{errors.rest} Nothing was changed.</Notice> : null}
        <TextField
          label="Handle"
          name="handle"
          defaultValue={account?.username}
          placeholder="you.bsky.social"
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          error={errors.of('handle', 'Handle')}
        />
        <TextField
          label="App password"
          name="appPassword"
          type="password"
          autoComplete="off"
          placeholder="xxxx-xxxx-xxxx-xxxx"
          hint="Make one in Bluesky under Settings, Privacy and security, App passwords. Never give your real password."
          error={errors.of('appPassword', 'App password')}
        />
        <details open={server !== defaultServer || serverFault !== undefined}>
          <summary className="w-fit rounded-sm py-1 text-sm text-link underline underline-offset-3">
            Hosted elsewhere?
          </summary>
          <div className="mt-2">
            <TextField
              label="Server"
              name="serviceUrl"
              type="url"
              defaultValue={server}
              autoComplete="off"
              spellCheck={false}
              hint="The address of the server that holds the account."
              error={serverFault}
            />
          </div>
        </details>
        <div className="flex justify-end gap-2">
          <Button look="quiet" onClick={onClose}>
            Not now
          </Button>
          <Button type="submit" look="primary" busy={connect.isPending}>
            Connect account
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
