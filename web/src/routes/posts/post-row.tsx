import type { Content, SocialAccount } from '../../api/types.ts'
import { ContentLink } from '../../post/content-link.tsx'
import { NumbersLine } from '../../post/numbers-line.tsx'
import { contentStanding, momentOf, opening } from '../../post/standing.ts'
import { StandingBadge } from '../../post/standing-badge.tsx'
import { Icon } from '../../ui/icon.tsx'
import { Moment } from '../../ui/moment.tsx'
import { useHere } from '../shell/workspace-context.ts'

export function PostRow({ content, accounts }: { content: Content; accounts: readonly SocialAccount[] }) {
  const { workspace } = useHere()
  const { at, verb } = momentOf(content)
  const image = content.media[0]
  const published = content.publications.filter((publication) => publication.publishedPostId !== null)
  return (
    <li className="relative flex gap-3 py-3.5 [contain-intrinsic-size:auto_5rem] [content-visibility:auto] hover:bg-hover/50">
      {image ? (
        <img
          src={image.url}
          alt=""
          loading="lazy"
          className="size-12 shrink-0 rounded-md bg-sunken object-cover"
        />
      ) : (
        <span className="flex size-12 shrink-0 items-center justify-center rounded-md bg-sunken text-faint">
          <Icon name="posts" />
        </span>
      )}
      <div className="grid min-w-0 grow gap-1">
        <div className="flex items-start justify-between gap-3">
          <ContentLink
            content={content}
            workspace={workspace}
            className="line-clamp-2 font-medium after:absolute after:inset-0 after:content-['']"
          >
            {opening(content.text)}
          </ContentLink>
          <StandingBadge standing={contentStanding(content)} />
        </div>
        <p className="text-xs text-quiet">
          {verb} <Moment at={at} zone={workspace.timeZone} /> · {accountsOf(content)}
          {content.createdBy ? ` · by ${content.createdBy}` : ''}
        </p>
        {published.map((publication) => (
          <NumbersLine
            key={publication.id}
            publication={publication}
            account={accounts.find((account) => account.id === publication.accountId)}
            zone={workspace.timeZone}
          />
        ))}
      </div>
    </li>
  )
}

function accountsOf(content: Content): string {
  const names = content.publications.map((publication) => `@${publication.username}`)
  return names.length === 0 ? 'no account chosen' : names.join(', ')
}
