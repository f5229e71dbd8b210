import { Link } from '@tanstack/react-router'
import type { SocialAccount } from '../../api/types.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { Icon } from '../../ui/icon.tsx'
import { useHere } from '../shell/workspace-context.ts'

interface AccountTogglesProps {
  accounts: readonly SocialAccount[]
  chosen: readonly string[]
  onChange: (accountIds: string[]) => void
}

export function AccountToggles({ accounts, chosen, onChange }: AccountTogglesProps) {
  const { workspace } = useHere()
  return (
    <fieldset>
      <legend className="mb-2 text-sm font-medium">Publish to</legend>
      {accounts.length === 0 ? (
        <p className="text-sm text-quiet">
          No account is connected yet. Your draft is kept;{' '}
          <Link
            to="/w/$workspaceId/accounts"
            params={{ workspaceId: workspace.id }}
            className="text-link underline underline-offset-3"
          >
            connect an account
          </Link>{' '}
          to publish it.
        </p>
      ) : null}
      <div className="flex flex-wrap gap-2">
        {accounts.map((account) => (
          <Toggle
            key={account.id}
            account={account}
            checked={chosen.includes(account.id)}
            onChange={(checked) =>
              onChange(checked ? [...chosen, account.id] : chosen.filter((one) => one !== account.id))
            }
          />
        ))}
      </div>
    </fieldset>
  )
}

interface ToggleProps {
  account: SocialAccount
  checked: boolean
  onChange: (checked: boolean) => void
}

function Toggle({ account, checked, onChange }: ToggleProps) {
  const ill = account.health === 'unhealthy'
  return (
    <label
      title={account.healthReason ?? undefined}
      className="flex min-h-9 max-w-full items-center gap-2 rounded-full border border-edge bg-surface py-1 ps-1 pe-3 text-sm has-checked:border-sun-strong has-checked:bg-sun-soft has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-focus"
    >
      <input
        type="checkbox"
        aria-label={`@${account.username} on ${account.platformName}`}
        checked={checked}
        onChange={(event) => onChange(event.target.checked)}
        className="peer sr-only"
      />
      <Avatar name={account.displayName || account.username} url={account.avatarUrl} size={26} />
      <span className="truncate">@{account.username}</span>
      {ill ? <Icon name="alert" size={15} className="text-bad" /> : null}
      <span className="hidden peer-checked:inline">
        <Icon name="check" size={15} />
      </span>
    </label>
  )
}
