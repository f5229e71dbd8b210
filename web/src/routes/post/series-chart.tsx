import { LineChart } from 'echarts/charts'
import { GridComponent, TooltipComponent } from 'echarts/components'
import { type ECharts, init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { useEffect, useRef } from 'react'
import type { MetricSeries } from '../../api/types.ts'
import { exactNumber } from '../../ui/figure.tsx'
import { onColoursChange } from '../../ui/theme.ts'
import { chartOption, drawnOf } from './chart-option.ts'
import { spreadLabels } from './end-labels.ts'

use([LineChart, GridComponent, TooltipComponent, SVGRenderer])

interface SeriesChartProps {
  series: MetricSeries['series']
  zone: string
}

export function SeriesChart({ series, zone }: SeriesChartProps) {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = box.current
    if (!element) return
    const chart = init(element, null, { renderer: 'svg' })
    const draw = () => {
      chart.setOption(chartOption(series, zone, getComputedStyle(element)), true)
      separateEndLabels(chart, series)
    }
    draw()
    const resized = new ResizeObserver(() => chart.resize())
    resized.observe(element)
    const forget = onColoursChange(draw)
    return () => {
      resized.disconnect()
      forget()
      chart.dispose()
    }
  }, [series, zone])
  return (
    <div role="img" aria-label={inWords(series)} className="h-64">
      <div ref={box} aria-hidden="true" className="size-full" />
    </div>
  )
}

const labelHeightPx = 15

/** Lines that end near each other keep their names apart. Only the drawn chart knows where they end. */
function separateEndLabels(chart: ECharts, series: MetricSeries['series']) {
  const pixelOf = (value: number) => chart.convertToPixel({ yAxisIndex: 0 }, value)
  const wishes = drawnOf(series).map((one) => pixelOf(one.points.at(-1)?.value ?? 0))
  const placed = spreadLabels(wishes, labelHeightPx, pixelOf(0))
  chart.setOption({
    series: placed.map((at, index) => ({ endLabel: { offset: [0, at - (wishes[index] ?? at)] } })),
  })
}

function inWords(series: MetricSeries['series']): string {
  const parts = series.flatMap((one) => {
    const last = one.points.at(-1)
    return last ? [`${one.label} ${exactNumber(last.value)} after ${one.points.length} readings`] : []
  })
  return `Line chart: ${parts.join(', ')}. The table has every reading.`
}
