import type { ReactNode } from 'react'
import type { Preview, SocialAccount } from '../../api/types.ts'
import { BlueskyPost } from '../../post/bluesky-post.tsx'
import { carrySegments } from '../../post/carry-segments.ts'
import { Icon } from '../../ui/icon.tsx'
import { type Draft, isBlank } from './draft.ts'

interface PreviewsProps {
  accounts: readonly SocialAccount[]
  draft: Draft
  previews: readonly Preview[]
  /** False while the server's answer for the present text is awaited. */
  current: boolean
  fault: string | null
}

/** Per chosen account: the post as the network will show it, and whether it fits. */
export function Previews({ accounts, draft, previews, current, fault }: PreviewsProps) {
  return (
    <section aria-label="Preview" className="grid content-start gap-4">
      <h2 className="text-sm font-medium">Preview</h2>
      {accounts.length === 0 ? (
        <p className="text-sm text-quiet">Choose an account to see the post as its network shows it.</p>
      ) : null}
      {accounts.map((account) => {
        const preview = previews.find((one) => one.accountId === account.id)
        return (
          <div key={account.id} className="grid gap-2">
            <div className="rounded-lg border border-line bg-surface p-4">
              <BlueskyPost
                displayName={account.displayName}
                username={account.username}
                avatarUrl={account.avatarUrl}
                when="now"
                segments={
                  preview && current ? preview.segments : carrySegments(preview?.segments ?? [], draft.text)
                }
                images={draft.images}
              />
            </div>
            {isBlank(draft) && account.health !== 'unhealthy' ? (
              <p className="text-sm text-quiet">
                What you write shows here as {account.platformName} will show it.
              </p>
            ) : (
              <FitLine account={account} preview={preview} current={current} fault={fault} />
            )}
          </div>
        )
      })}
    </section>
  )
}

interface FitLineProps {
  account: SocialAccount
  preview: Preview | undefined
  current: boolean
  fault: string | null
}

function FitLine({ account, preview, current, fault }: FitLineProps) {
  const name = `@${account.username}`
  if (account.health === 'unhealthy') {
    return (
      <Line tone="bad">
        {account.healthReason ?? `${name} must be connected again before it can publish.`}
      </Line>
    )
  }
  if (fault) return <Line tone="warn">Not checked: {fault}</Line>
  if (!preview || !current) return <Line tone="quiet">Checking whether it fits {name}</Line>
  if (preview.faults.length === 0) {
    return (
      <Line tone="good">
        Fits {name} on {account.platformName}
      </Line>
    )
  }
  return preview.faults.map((one) => (
    <Line key={one.message} tone="bad">
      {one.message}
    </Line>
  ))
}

const lineTones = { good: 'text-good', bad: 'text-bad', warn: 'text-warn', quiet: 'text-quiet' }

function Line({ tone, children }: { tone: keyof typeof lineTones; children: ReactNode }) {
  return (
    <p className={`flex gap-1.5 text-sm ${lineTones[tone]}`}>
      <Icon
        name={tone === 'good' ? 'check' : tone === 'quiet' ? 'clock' : 'alert'}
        size={16}
        className="mt-0.5"
      />
      {children}
    </p>
  )
}
