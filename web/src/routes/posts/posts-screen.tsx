import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { accountsQuery } from '../../api/accounts.ts'
import { contentListQuery } from '../../api/content.ts'
import { may } from '../../api/permissions.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { ProblemNotice } from '../../ui/notice.tsx'
import { Page } from '../../ui/page.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import type { ListedStatus } from '../search.ts'
import { useHere } from '../shell/workspace-context.ts'
import { PostRow } from './post-row.tsx'
import { StatusFilter } from './status-filter.tsx'

const route = getRouteApi('/w/$workspaceId/posts')
const pageSize = 50

export function PostsScreen(): ReactNode {
  const { workspace } = useHere()
  const { status } = route.useSearch()
  const list = useInfiniteQuery(
    contentListQuery(workspace.id, { ...(status ? { status } : {}), limit: pageSize }),
  )
  const accounts = useQuery(accountsQuery(workspace.id))
  return (
    <Page title="Posts" lead={`Times are in ${workspace.timeZone.replaceAll('_', ' ')}.`}>
      <StatusFilter status={status} />
      <Loaded query={list} skeleton={<SkeletonRows count={6} />} what="the posts">
        {({ pages }) => {
          const posts = pages.flatMap((page) => page.items)
          if (posts.length === 0) return <NoPosts status={status} />
          return (
            <div className="grid gap-4">
              <ul className="divide-y divide-line border-y border-line">
                {posts.map((content) => (
                  <PostRow key={content.id} content={content} accounts={accounts.data?.items ?? []} />
                ))}
              </ul>
              {list.isFetchNextPageError ? (
                <ProblemNotice cause={list.error} kept="What is shown stays." />
              ) : null}
              {list.hasNextPage ? (
                <Button
                  className="justify-self-center"
                  busy={list.isFetchingNextPage}
                  onClick={() => void list.fetchNextPage()}
                >
                  Show more
                </Button>
              ) : (
                <p className="text-center text-xs text-quiet">
                  {posts.length === 1 ? 'This is the only post.' : `These are all ${posts.length} posts.`}
                </p>
              )}
            </div>
          )
        }}
      </Loaded>
    </Page>
  )
}

function NoPosts({ status }: { status: ListedStatus | undefined }) {
  const { workspace } = useHere()
  const params = { workspaceId: workspace.id }
  if (status) {
    return (
      <Empty
        title={`No ${status} posts`}
        action={
          <Link to="/w/$workspaceId/posts" params={params} className={buttonClass('plain')}>
            Show all posts
          </Link>
        }
      >
        Other posts may be there; this filter shows only one status.
      </Empty>
    )
  }
  return (
    <Empty
      title="No posts yet"
      action={
        may(workspace.role, 'write') ? (
          <Link to="/w/$workspaceId/write/{-$contentId}" params={params} className={buttonClass('primary')}>
            Write the first post
          </Link>
        ) : null
      }
    >
      What you write, plan and publish is listed here with its numbers.
    </Empty>
  )
}
