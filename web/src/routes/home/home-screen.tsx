import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { accountsQuery } from '../../api/accounts.ts'
import { contentPageQuery } from '../../api/content.ts'
import type { Content, SocialAccount } from '../../api/types.ts'
import { Loaded } from '../../ui/loaded.tsx'
import { Page } from '../../ui/page.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { useHere } from '../shell/workspace-context.ts'
import { FirstSteps } from './first-steps.tsx'
import { GoesOutNext } from './goes-out-next.tsx'
import { LatestPosts } from './latest-posts.tsx'
import { NeedsMe } from './needs-me.tsx'

const lookedAt = 100

export function HomeScreen(): ReactNode {
  const { workspace } = useHere()
  const accounts = useQuery(accountsQuery(workspace.id))
  const recent = useQuery(contentPageQuery(workspace.id, { limit: lookedAt }))
  const scheduled = useQuery(contentPageQuery(workspace.id, { status: 'scheduled', limit: lookedAt }))
  return (
    <Page title="Home" lead={workspace.name}>
      <Loaded query={accounts} skeleton={<SkeletonRows count={5} />} what="home">
        {({ items: connected }) => (
          <Loaded query={recent} skeleton={<SkeletonRows count={5} />} what="home">
            {({ items }) => (
              <Answers accounts={connected} posts={merged(items, scheduled.data?.items ?? [])} />
            )}
          </Loaded>
        )}
      </Loaded>
    </Page>
  )
}

function Answers({ accounts, posts }: { accounts: SocialAccount[]; posts: Content[] }) {
  const begun = posts.some((content) => content.status === 'published' || content.status === 'scheduled')
  return (
    <div className="grid gap-10">
      {begun && accounts.length > 0 ? null : <FirstSteps accounts={accounts} posts={posts} />}
      {begun || accounts.length > 0 ? <NeedsMe accounts={accounts} posts={posts} quiet={!begun} /> : null}
      {begun ? (
        <>
          <GoesOutNext posts={posts} />
          <LatestPosts accounts={accounts} posts={posts} />
        </>
      ) : null}
    </div>
  )
}

function merged(recent: readonly Content[], scheduled: readonly Content[]): Content[] {
  const all = new Map([...recent, ...scheduled].map((content) => [content.id, content]))
  return [...all.values()]
}
