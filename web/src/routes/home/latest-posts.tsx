import { Link } from '@tanstack/react-router'
import type { Content, Publication, SocialAccount } from '../../api/types.ts'
import { metricsOf } from '../../post/metric-order.ts'
import { NumbersLine } from '../../post/numbers-line.tsx'
import { opening } from '../../post/standing.ts'
import { Figure } from '../../ui/figure.tsx'
import { Moment } from '../../ui/moment.tsx'
import { useHere } from '../shell/workspace-context.ts'
import { HomeSection } from './home-section.tsx'

const shown = 6

interface LatestPostsProps {
  accounts: readonly SocialAccount[]
  posts: readonly Content[]
}

export function LatestPosts({ accounts, posts }: LatestPostsProps) {
  const { workspace } = useHere()
  const rows = posts
    .flatMap((content) => content.publications.map((publication) => ({ content, publication })))
    .filter(({ publication }) => publication.status === 'published')
    .toSorted((a, b) => (b.publication.publishedAt ?? '').localeCompare(a.publication.publishedAt ?? ''))
    .slice(0, shown)
  const used = accounts.filter((account) =>
    rows.some(({ publication }) => publication.accountId === account.id),
  )
  const metrics = metricsOf(
    used[0],
    rows.flatMap(({ publication }) => Object.keys(publication.latest?.metrics ?? {})),
  ).slice(0, 4)
  if (rows.length === 0) return null
  return (
    <HomeSection
      title="How the latest posts do"
      more={
        <Link
          to="/w/$workspaceId/posts"
          params={{ workspaceId: workspace.id }}
          search={{ status: 'published' }}
          className="py-1 text-sm text-link underline underline-offset-3"
        >
          All published
        </Link>
      }
    >
      <ul className="divide-y divide-line border-y border-line md:hidden">
        {rows.map(({ content, publication }) => (
          <li key={publication.id} className="grid gap-1 px-1 py-2.5">
            <PostName content={content} publication={publication} />
            <NumbersLine
              publication={publication}
              account={accounts.find((account) => account.id === publication.accountId)}
              zone={workspace.timeZone}
            />
          </li>
        ))}
      </ul>
      <section
        aria-label="Numbers of the latest posts"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard
        tabIndex={0}
        className="relative hidden overflow-x-auto md:block"
      >
        <table className="w-full min-w-[40rem] border-collapse text-sm">
          <thead>
            <tr className="border-y border-line text-xs text-quiet">
              <th scope="col" className="py-2 ps-1 text-start font-medium">
                Post
              </th>
              {metrics.map((metric) => (
                <th key={metric.name} scope="col" className="px-3 text-end font-medium">
                  {metric.label}
                </th>
              ))}
              <th scope="col" className="ps-3 pe-1 text-end font-medium">
                As of
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ content, publication }) => (
              <Row
                key={publication.id}
                content={content}
                publication={publication}
                metrics={metrics.map((metric) => metric.name)}
              />
            ))}
          </tbody>
        </table>
      </section>
    </HomeSection>
  )
}

interface RowProps {
  content: Content
  publication: Publication
  metrics: readonly string[]
}

function Row({ content, publication, metrics }: RowProps) {
  const { workspace } = useHere()
  const { latest } = publication
  return (
    <tr className="border-b border-line hover:bg-hover">
      <th scope="row" className="max-w-0 py-2.5 ps-1 text-start font-normal" style={{ width: '50%' }}>
        <PostName content={content} publication={publication} />
      </th>
      {metrics.map((metric) => (
        <td key={metric} className="px-3 text-end font-semibold">
          <Figure value={latest?.metrics[metric]} absent="Not read yet" />
        </td>
      ))}
      <td className="ps-3 pe-1 text-end text-xs text-quiet">
        {latest ? (
          <Moment at={latest.capturedAt} zone={workspace.timeZone} form="relative" />
        ) : (
          'not read yet'
        )}
      </td>
    </tr>
  )
}

function PostName({ content, publication }: Pick<RowProps, 'content' | 'publication'>) {
  const { workspace } = useHere()
  return (
    <div className="min-w-0">
      <Link
        to="/w/$workspaceId/posts/$contentId"
        params={{ workspaceId: workspace.id, contentId: content.id }}
        className="block truncate font-medium hover:underline"
      >
        {opening(content.text)}
      </Link>
      <span className="block truncate text-xs text-quiet">
        @{publication.username}
        {publication.publishedAt ? (
          <>
            , <Moment at={publication.publishedAt} zone={workspace.timeZone} />
          </>
        ) : null}
      </span>
    </div>
  )
}
