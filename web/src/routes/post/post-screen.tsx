import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { accountsQuery } from '../../api/accounts.ts'
import { contentQuery } from '../../api/content.ts'
import type { Content, SocialAccount } from '../../api/types.ts'
import { contentStanding, momentOf, opening } from '../../post/standing.ts'
import { StandingBadge } from '../../post/standing-badge.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Moment } from '../../ui/moment.tsx'
import { Page } from '../../ui/page.tsx'
import { useHere } from '../shell/workspace-context.ts'
import { AsPublished } from './as-published.tsx'
import { PostActions } from './post-actions.tsx'
import { PostSkeleton } from './post-skeleton.tsx'
import { PublicationSection } from './publication-section.tsx'

const route = getRouteApi('/w/$workspaceId/posts/$contentId')

export function PostScreen(): ReactNode {
  const { workspace } = useHere()
  const { contentId } = route.useParams()
  const content = useQuery(contentQuery(workspace.id, contentId))
  const accounts = useQuery(accountsQuery(workspace.id))
  return (
    <Loaded query={content} skeleton={<PostSkeleton />} what="the post" screen="Post">
      {(loaded) => <Post content={loaded} accounts={accounts.data?.items ?? []} />}
    </Loaded>
  )
}

function Post({ content, accounts }: { content: Content; accounts: readonly SocialAccount[] }) {
  const { workspace } = useHere()
  const { at, verb } = momentOf(content)
  return (
    <Page
      title="Post"
      documentTitle={opening(content.text).slice(0, 60)}
      lead={
        <p className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
          <StandingBadge standing={contentStanding(content)} />
          <span>
            {verb} <Moment at={at} zone={workspace.timeZone} form="both" />
            {content.createdBy ? ` · by ${content.createdBy}` : ''}
          </span>
        </p>
      }
      actions={<PostActions content={content} />}
    >
      <div className="grid gap-8 lg:grid-cols-[minmax(18rem,24rem)_minmax(0,1fr)]">
        <AsPublished content={content} accounts={accounts} />
        <div className="grid content-start gap-10">
          {content.publications.length === 0 ? (
            <p className="text-quiet">No account is chosen for this post yet.</p>
          ) : null}
          {content.publications.map((publication) => (
            <PublicationSection
              key={publication.id}
              content={content}
              publication={publication}
              account={accounts.find((account) => account.id === publication.accountId)}
            />
          ))}
        </div>
      </div>
    </Page>
  )
}
