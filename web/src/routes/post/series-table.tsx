import type { MetricSeries } from '../../api/types.ts'
import { cityOf, dateAndTime } from '../../time/wording.ts'
import { Figure } from '../../ui/figure.tsx'

/** Every reading as a row, newest first. */
export function SeriesTable({ series, zone }: { series: MetricSeries['series']; zone: string }) {
  const times = [...new Set(series.flatMap((one) => one.points.map((point) => point.capturedAt)))]
    .toSorted()
    .reverse()
  return (
    <section
      aria-label="Readings"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard
      tabIndex={0}
      className="relative max-h-80 overflow-auto rounded-md border border-line"
    >
      <table className="w-full text-sm">
        <caption className="sr-only">All readings of this post, newest first</caption>
        <thead className="sticky top-0 bg-surface">
          <tr>
            <th scope="col" className="px-3 py-2 text-start font-medium">
              Read at ({cityOf(zone)})
            </th>
            {series.map((one) => (
              <th key={one.metric} scope="col" className="px-3 py-2 text-end font-medium">
                {one.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times.map((time) => (
            <tr key={time} className="border-t border-line">
              <th scope="row" className="px-3 py-1.5 text-start font-normal whitespace-nowrap">
                {dateAndTime(new Date(time), zone)}
              </th>
              {series.map((one) => (
                <td key={one.metric} className="px-3 py-1.5 text-end">
                  <Figure
                    value={one.points.find((point) => point.capturedAt === time)?.value}
                    absent="Not told in this reading"
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
