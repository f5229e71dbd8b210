import type { MetricSeries } from '../../api/types.ts'
import { clock, date, dateAndTime } from '../../time/wording.ts'
import { exactNumber, shortNumber } from '../../ui/figure.tsx'
import { withGaps } from './series-gaps.ts'

const seriesColours = 4

/** The series that have something to draw, in their order. */
export const drawnOf = (series: MetricSeries['series']) => series.filter((one) => one.points.length > 0)

/** Lines over time on one axis from zero, each with its name at its end. Colours come from the design tokens. */
export function chartOption(series: MetricSeries['series'], zone: string, style: CSSStyleDeclaration) {
  const token = (name: string) => resolved(style, name)
  const drawn = drawnOf(series)
  const text = { color: token('quiet'), fontFamily: style.fontFamily, fontSize: 12 }
  const times = drawn.flatMap((one) => one.points.map((point) => Date.parse(point.capturedAt)))
  const withinOneDay = Math.max(...times) - Math.min(...times) < 36 * 3_600_000
  return {
    animation: !matchMedia('(prefers-reduced-motion: reduce)').matches,
    animationDuration: 200,
    textStyle: text,
    grid: { left: 8, right: 88, top: 12, bottom: 4, containLabel: true },
    tooltip: {
      trigger: 'axis' as const,
      confine: true,
      renderMode: 'richText' as const,
      backgroundColor: token('raised'),
      borderColor: token('line'),
      textStyle: { ...text, color: token('ink') },
      valueFormatter: (value: unknown) => (typeof value === 'number' ? exactNumber(value) : '–'),
    },
    xAxis: {
      type: 'time' as const,
      splitNumber: 4,
      // Labels tell minutes: two of the same minute would say the same.
      minInterval: 60_000,
      axisLine: { lineStyle: { color: token('edge') } },
      axisLabel: {
        ...text,
        hideOverlap: true,
        formatter: (at: number) => (withinOneDay ? clock(new Date(at), zone) : date(new Date(at), zone)),
      },
      axisPointer: {
        label: { formatter: ({ value }: { value: unknown }) => dateAndTime(new Date(Number(value)), zone) },
      },
    },
    yAxis: {
      type: 'value' as const,
      min: 0,
      minInterval: 1,
      splitNumber: 4,
      splitLine: { lineStyle: { color: token('line') } },
      axisLabel: { ...text, formatter: (value: number) => shortNumber(value) },
    },
    series: drawn.map((one, index) => {
      const color = token(`series-${(index % seriesColours) + 1}`)
      return {
        type: 'line' as const,
        name: one.label,
        data: withGaps(one.points),
        connectNulls: false,
        symbol: index % 2 === 0 ? 'circle' : 'rect',
        symbolSize: one.points.length > 60 ? 0 : 5,
        showSymbol: true,
        lineStyle: { color, width: 2 },
        itemStyle: { color },
        endLabel: { show: true, color, fontWeight: 600, formatter: '{a}', distance: 6 },
      }
    }),
  }
}

/** The present value of a colour token: light-dark() is resolved by the browser, not by the chart. */
function resolved(style: CSSStyleDeclaration, name: string): string {
  const probe = document.createElement('span')
  probe.style.color = `var(--color-${name})`
  document.body.append(probe)
  const color = getComputedStyle(probe).color
  probe.remove()
  return color || style.color
}
