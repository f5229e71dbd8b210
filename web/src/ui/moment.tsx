import { useNow } from '../time/use-now.ts'
import { cityOf, clock, dateAndTime, inBothZones, relative } from '../time/wording.ts'

interface MomentProps {
  at: string
  zone: string
  /** `both` adds the reader's own time where it differs. */
  form?: 'full' | 'both' | 'clock' | 'relative'
}

/** A point in time that always says its zone, in sight or on hover. */
export function Moment({ at, zone, form = 'full' }: MomentProps) {
  const instant = new Date(at)
  const both = inBothZones(instant, zone)
  return (
    <time dateTime={at} title={both} className="whitespace-normal">
      {form === 'both' ? both : null}
      {form === 'full' ? `${dateAndTime(instant, zone)} ${cityOf(zone)}` : null}
      {form === 'clock' ? clock(instant, zone) : null}
      {form === 'relative' ? <Relative instant={instant} /> : null}
    </time>
  )
}

function Relative({ instant }: { instant: Date }) {
  return relative(instant, useNow())
}
