import { useQuery } from '@tanstack/react-query'
import { attemptsQuery } from '../../api/publications.ts'
import type { Content, Publication, SocialAccount } from '../../api/types.ts'
import { publicationStanding } from '../../post/standing.ts'
import { StandingBadge } from '../../post/standing-badge.tsx'
import { buttonClass } from '../../ui/button.tsx'
import { Icon } from '../../ui/icon.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { SkeletonLines } from '../../ui/skeleton.tsx'
import { useHere } from '../shell/workspace-context.ts'
import { FailurePanel } from './failure-panel.tsx'
import { Numbers } from './numbers.tsx'
import { Timeline } from './timeline.tsx'

interface PublicationSectionProps {
  content: Content
  publication: Publication
  account: SocialAccount | undefined
}

/** One account's share of a post: how it stands, its numbers, and how it came there. */
export function PublicationSection({ content, publication, account }: PublicationSectionProps) {
  const { workspace } = useHere()
  const attempts = useQuery(attemptsQuery(workspace.id, publication.id))
  const network = account?.platformName ?? publication.platform
  const heading = `publication-${publication.id}`
  return (
    <section aria-labelledby={heading} className="grid gap-6">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <div className="flex min-w-0 flex-wrap items-center gap-2.5">
          <h2 id={heading} className="text-lg font-semibold">
            @{publication.username} on {network}
          </h2>
          <StandingBadge standing={publicationStanding(publication)} />
        </div>
        {publication.platformPostUrl ? (
          <a
            href={publication.platformPostUrl}
            target="_blank"
            rel="noreferrer"
            className={buttonClass('plain', true)}
          >
            <Icon name="external" size={15} />
            Open on {network}
          </a>
        ) : null}
      </div>
      <FailurePanel content={content} publication={publication} account={account} />
      {publication.publishedPostId ? (
        <Numbers publication={publication} publishedPostId={publication.publishedPostId} account={account} />
      ) : null}
      <div className="grid gap-3">
        <h3 className="text-sm font-semibold">What happened</h3>
        <Loaded
          query={attempts}
          skeleton={<SkeletonLines widths={['50%', '60%', '40%']} />}
          what="the attempts"
        >
          {({ items }) => (
            <Timeline content={content} publication={publication} attempts={items} network={network} />
          )}
        </Loaded>
      </div>
    </section>
  )
}
