import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { may } from '../../api/permissions.ts'
import { seriesQuery } from '../../api/publications.ts'
import type { Publication, SocialAccount } from '../../api/types.ts'
import { metricsOf } from '../../post/metric-order.ts'
import { Button } from '../../ui/button.tsx'
import { Figure } from '../../ui/figure.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Moment } from '../../ui/moment.tsx'
import { useHere } from '../shell/workspace-context.ts'
import { ReadingOutcome } from './reading-outcome.tsx'
import { SeriesTable } from './series-table.tsx'
import { useReading } from './use-reading.ts'

const SeriesChart = lazy(() =>
  import('./series-chart.tsx').then((module) => ({ default: module.SeriesChart })),
)

interface NumbersProps {
  publication: Publication
  publishedPostId: string
  account: SocialAccount | undefined
}

/** The latest counters with the time they were read, and their course since the post went out. */
export function Numbers({ publication, publishedPostId, account }: NumbersProps) {
  const { workspace } = useHere()
  const { latest } = publication
  const metrics = metricsOf(account, Object.keys(latest?.metrics ?? {}))
  const { reading, ask } = useReading({
    workspaceId: workspace.id,
    accountId: publication.accountId,
    readAt: latest?.capturedAt ?? null,
    account,
  })
  return (
    <div className="grid gap-6">
      <div className="grid gap-2">
        <div className="flex flex-wrap items-center justify-between gap-3">
          <h3 className="text-sm font-semibold">Numbers</h3>
          {may(workspace.role, 'write') ? (
            <Button small icon="refresh" busy={reading.kind === 'waiting'} onClick={ask}>
              Read numbers now
            </Button>
          ) : null}
        </div>
        <ReadingOutcome reading={reading} network={account?.platformName ?? publication.platform} />
        <dl className="flex flex-wrap gap-x-8 gap-y-3">
          {metrics.map((metric) => (
            <div key={metric.name} className="flex flex-col-reverse">
              <dt className="text-xs text-quiet">{metric.label}</dt>
              <dd className="text-xl font-semibold">
                <Figure value={latest?.metrics[metric.name]} absent={`${metric.label} not read yet`} />
              </dd>
            </div>
          ))}
        </dl>
        <p className="text-xs text-quiet">
          {latest ? (
            <>
              as of <Moment at={latest.capturedAt} zone={workspace.timeZone} form="both" />
            </>
          ) : (
            'Not read yet. They are read by themselves; the first time soon after publishing.'
          )}
        </p>
      </div>
      <Course workspaceId={workspace.id} publishedPostId={publishedPostId} zone={workspace.timeZone} />
    </div>
  )
}

interface CourseProps {
  workspaceId: string
  publishedPostId: string
  zone: string
}

function Course({ workspaceId, publishedPostId, zone }: CourseProps) {
  const series = useQuery(seriesQuery(workspaceId, publishedPostId))
  const [asTable, setAsTable] = useState(false)
  const heading = `course-${publishedPostId}`
  const waiting = <div className="skeleton h-64" />
  return (
    <section aria-labelledby={heading} className="grid gap-2">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h3 id={heading} className="text-sm font-semibold">
          Course of the numbers
        </h3>
        <Button small onClick={() => setAsTable(!asTable)}>
          {asTable ? 'Show as chart' : 'Show as table'}
        </Button>
      </div>
      <Loaded query={series} skeleton={waiting} what="the course of the numbers">
        {(loaded) => {
          if (loaded.series.every((one) => one.points.length === 0)) {
            return <p className="text-sm text-quiet">No reading yet. The course begins with the first one.</p>
          }
          if (asTable) return <SeriesTable series={loaded.series} zone={zone} />
          return (
            <Suspense fallback={waiting}>
              <SeriesChart series={loaded.series} zone={zone} />
            </Suspense>
          )
        }}
      </Loaded>
    </section>
  )
}
