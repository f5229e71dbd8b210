import { Link } from '@tanstack/react-router'
import { may } from '../../api/permissions.ts'
import type { Content } from '../../api/types.ts'
import { contentStanding, opening } from '../../post/standing.ts'
import { Moment } from '../../ui/moment.tsx'
import { useHere } from '../shell/workspace-context.ts'
import { HomeSection } from './home-section.tsx'

const shown = 5

export function GoesOutNext({ posts }: { posts: readonly Content[] }) {
  const { workspace } = useHere()
  const params = { workspaceId: workspace.id }
  const waiting = posts
    .filter((content) => ['scheduled', 'sending'].includes(contentStanding(content)))
    .toSorted((a, b) => (a.scheduledFor ?? '').localeCompare(b.scheduledFor ?? ''))
  const calendar = (
    <Link
      to="/w/$workspaceId/calendar"
      params={params}
      className="py-1 text-sm text-link underline underline-offset-3"
    >
      Open the calendar
    </Link>
  )
  if (waiting.length === 0) {
    return (
      <HomeSection title="Goes out next" more={calendar}>
        <p className="text-sm text-quiet">
          Nothing is planned.{' '}
          {may(workspace.role, 'write') ? (
            <Link
              to="/w/$workspaceId/write/{-$contentId}"
              params={params}
              className="text-link underline underline-offset-3"
            >
              Write a post
            </Link>
          ) : null}
        </p>
      </HomeSection>
    )
  }
  return (
    <HomeSection title="Goes out next" more={calendar}>
      <ul className="divide-y divide-line border-y border-line">
        {waiting.slice(0, shown).map((content) => (
          <li key={content.id}>
            <Link
              to="/w/$workspaceId/posts/$contentId"
              params={{ ...params, contentId: content.id }}
              className="grid min-h-12 items-center gap-x-5 px-1 py-2.5 hover:bg-hover sm:grid-cols-[13rem_minmax(0,1fr)_auto]"
            >
              <span className="text-sm text-quiet">
                {content.scheduledFor ? (
                  <Moment at={content.scheduledFor} zone={workspace.timeZone} />
                ) : (
                  'now'
                )}
              </span>
              <span className="truncate font-medium">{opening(content.text)}</span>
              <span className="truncate text-sm text-quiet">
                {content.publications.map((publication) => `@${publication.username}`).join(', ')}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </HomeSection>
  )
}
