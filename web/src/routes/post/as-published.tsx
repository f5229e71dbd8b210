import { useQuery } from '@tanstack/react-query'
import { previewQuery } from '../../api/content.ts'
import type { Content, SocialAccount } from '../../api/types.ts'
import { BlueskyPost } from '../../post/bluesky-post.tsx'
import { carrySegments } from '../../post/carry-segments.ts'
import { useNow } from '../../time/use-now.ts'
import { briefAge } from '../../time/wording.ts'
import { draftOf, requestOf } from '../compose/draft.ts'
import { useHere } from '../shell/workspace-context.ts'

/** The post as its network shows it, once per account. Without the server's help the text is plain. */
export function AsPublished({ content, accounts }: { content: Content; accounts: readonly SocialAccount[] }) {
  const { workspace } = useHere()
  const preview = useQuery({
    ...previewQuery(workspace.id, requestOf(draftOf(content))),
    staleTime: Infinity,
  })
  const first = content.publications[0]
  const account = accounts.find((one) => one.id === first?.accountId)
  const segments = preview.data?.items.find((one) => one.accountId === account?.id)?.segments ?? []
  const now = useNow()
  return (
    <section aria-label="The post" className="grid content-start gap-3 self-start">
      <div className="rounded-lg border border-line bg-surface p-4">
        <BlueskyPost
          displayName={account?.displayName ?? null}
          username={first?.username ?? 'no account'}
          avatarUrl={account?.avatarUrl ?? null}
          when={
            content.publishedAt ? briefAge(new Date(content.publishedAt), workspace.timeZone, now) : 'now'
          }
          segments={carrySegments(segments, content.text)}
          images={content.media}
        />
      </div>
      {content.media.some((image) => image.altText === '') ? (
        <p className="text-xs text-warn">Not every image has an alt text.</p>
      ) : null}
    </section>
  )
}
