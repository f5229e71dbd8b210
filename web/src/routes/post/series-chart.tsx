import { LineChart } from 'echarts/charts'
import { GridComponent, TooltipComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { LabelLayout } from 'echarts/features'
import { SVGRenderer } from 'echarts/renderers'
import { useEffect, useRef } from 'react'
import type { MetricSeries } from '../../api/types.ts'
import { exactNumber } from '../../ui/figure.tsx'
import { onColoursChange } from '../../ui/theme.ts'
import { chartOption } from './chart-option.ts'

use([LineChart, GridComponent, TooltipComponent, LabelLayout, SVGRenderer])

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
    const draw = () => chart.setOption(chartOption(series, zone, getComputedStyle(element)), true)
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

function inWords(series: MetricSeries['series']): string {
  const parts = series.flatMap((one) => {
    const last = one.points.at(-1)
    return last ? [`${one.label} ${exactNumber(last.value)} after ${one.points.length} readings`] : []
  })
  return `Line chart: ${parts.join(', ')}. The table has every reading.`
}
