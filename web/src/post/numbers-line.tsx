import type { Publication, SocialAccount } from '../api/types.ts'
import { Figure } from '../ui/figure.tsx'
import { Moment } from '../ui/moment.tsx'
import { metricsOf } from './metric-order.ts'

interface NumbersLineProps {
  publication: Publication
  account: SocialAccount | undefined
  zone: string
}

/** The latest counters of one published post in a line, with the time they were read. */
export function NumbersLine({ publication, account, zone }: NumbersLineProps) {
  const { latest } = publication
  if (!latest) return <p className="text-xs text-quiet">Numbers have not been read yet</p>
  return (
    <p className="flex flex-wrap gap-x-3 gap-y-0.5 text-xs text-quiet">
      {metricsOf(account, Object.keys(latest.metrics)).map((metric) => (
        <span key={metric.name}>
          {metric.label}{' '}
          <span className="font-semibold text-ink">
            <Figure value={latest.metrics[metric.name]} absent={`${metric.label} not told by the network`} />
          </span>
        </span>
      ))}
      <span>
        as of <Moment at={latest.capturedAt} zone={zone} form="relative" />
      </span>
    </p>
  )
}
