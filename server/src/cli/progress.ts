import type { Progress } from './generate/write-workspace.ts'

export interface ProgressLine {
  show(progress: Progress): void
  /** Leaves the line as it is; what is printed next begins a new one. */
  end(): void
}

const barWidth = 24
const everyMs = 200
const plainEveryMs = 5_000

/** On a terminal one line that is written over and over; elsewhere a plain line from time to time. */
export function createProgressLine(output: NodeJS.WriteStream): ProgressLine {
  const isLive = output.isTTY === true
  let shownMs = Number.NEGATIVE_INFINITY
  let isOpen = false
  return {
    show(progress) {
      const isDue = progress.elapsedMs - shownMs >= (isLive ? everyMs : plainEveryMs)
      if (!isDue && progress.share < 1) return
      shownMs = progress.elapsedMs
      const line = progressText(progress)
      if (isLive)
        output.write(
          `\r\u001b[2K${`${barText(progress.share)} ${line}`.slice(0, (output.columns ?? 100) - 1)}`,
        )
      else output.write(`${line}\n`)
      isOpen = isLive
    },
    end() {
      if (isOpen) output.write('\n')
      isOpen = false
    },
  }
}

const barText = (share: number) => {
  const full = Math.round(share * barWidth)
  return '█'.repeat(full) + '░'.repeat(barWidth - full)
}

export function progressText({ phase, share, rows, facts, elapsedMs }: Progress): string {
  const seconds = elapsedMs / 1_000
  const perSecond = Math.round((rows + facts) / Math.max(seconds, 0.001))
  const left = share > 0.01 && share < 1 ? `, ${duration((seconds / share) * (1 - share))} left` : ''
  return `${Math.floor(share * 100)} %, ${grouped(perSecond)} rows/s${left} · ${phase}`
}

export const grouped = (value: number) => value.toLocaleString('en-US')

export function duration(seconds: number): string {
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`
}
