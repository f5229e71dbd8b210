import { Link } from '@tanstack/react-router'
import type { Content, SocialAccount } from '../../api/types.ts'
import { contentStanding, needsSomebody, opening } from '../../post/standing.ts'
import { StandingBadge } from '../../post/standing-badge.tsx'
import { Icon } from '../../ui/icon.tsx'
import { HealthBadge } from '../accounts/health-badge.tsx'
import { useHere } from '../shell/workspace-context.ts'
import { HomeSection } from './home-section.tsx'
import { whatGoesOn } from './what-goes-on.ts'

interface NeedsMeProps {
  accounts: readonly SocialAccount[]
  posts: readonly Content[]
  /** True while there is nothing that could need anybody: then the section says nothing. */
  quiet: boolean
}

export function NeedsMe({ accounts, posts, quiet }: NeedsMeProps) {
  const { workspace } = useHere()
  const params = { workspaceId: workspace.id }
  const ill = accounts.filter(
    (account) => account.status !== 'disconnected' && ['unhealthy', 'degraded'].includes(account.health),
  )
  const stuck = posts.filter(needsSomebody)
  if (ill.length + stuck.length === 0) {
    if (quiet) return null
    return (
      <HomeSection title="Needs you">
        <p className="flex items-center gap-2 text-sm text-quiet">
          <Icon name="check" className="text-good" />
          Nothing. Every post is where it should be and every account is healthy.
        </p>
      </HomeSection>
    )
  }
  const row = 'flex min-h-12 items-start justify-between gap-4 px-1 py-3 hover:bg-hover'
  return (
    <HomeSection title={`Needs you (${ill.length + stuck.length})`}>
      <ul className="divide-y divide-line border-y border-line">
        {stuck.map((content) => (
          <li key={content.id}>
            <Link
              to="/w/$workspaceId/posts/$contentId"
              params={{ ...params, contentId: content.id }}
              className={row}
            >
              <span className="min-w-0">
                <span className="line-clamp-1 font-medium">{opening(content.text)}</span>
                <span className="block text-sm text-quiet">{whatGoesOn(content)}</span>
              </span>
              <StandingBadge standing={contentStanding(content)} />
            </Link>
          </li>
        ))}
        {ill.map((account) => (
          <li key={account.id}>
            <Link to="/w/$workspaceId/accounts" params={params} className={row}>
              <span className="min-w-0">
                <span className="block truncate font-medium">
                  @{account.username} on {account.platformName}
                </span>
                <span className="block text-sm text-quiet">
                  {account.healthReason ?? 'Look at the account and connect it again.'}
                </span>
              </span>
              <HealthBadge account={account} />
            </Link>
          </li>
        ))}
      </ul>
    </HomeSection>
  )
}
