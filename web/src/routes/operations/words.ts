import type { DutyRun, OperatorDuty, PartitionArchive } from '../../api/types.ts'
import type { BadgeTone } from '../../ui/badge.tsx'
import type { IconName } from '../../ui/icon.tsx'

export const rhythmWords: Record<OperatorDuty['rhythm'], string> = {
  hour: 'Hourly',
  day: 'Daily',
  week: 'Weekly',
  month: 'Monthly',
}

export const causeWords: Record<DutyRun['cause'], string> = {
  clock: 'by the clock',
  catch_up: 'made up for after a pause',
  person: 'asked for',
  retry: 'tried again',
}

interface State {
  readonly word: string
  readonly tone: BadgeTone
  readonly icon: IconName
}

const results: Record<DutyRun['result'], State> = {
  running: { word: 'Running', tone: 'info', icon: 'refresh' },
  succeeded: { word: 'Done', tone: 'good', icon: 'check' },
  failed: { word: 'Failed', tone: 'bad', icon: 'cross' },
  interrupted: { word: 'Interrupted', tone: 'warn', icon: 'pause' },
}

/** How a duty stands. One that is long past its time says so even if its last run went well. */
export function stateOf({ runs: [last], overdue }: Pick<OperatorDuty, 'runs' | 'overdue'>): State {
  if (!last) return { word: 'Not run yet', tone: 'still', icon: 'clock' }
  if (overdue && last.result === 'succeeded') return { word: 'Overdue', tone: 'warn', icon: 'alert' }
  return results[last.result]
}

export const archiveWords: Record<PartitionArchive['state'], string> = {
  detached: 'Taken out, not yet written',
  written: 'Written, not yet read back',
  verified: 'Read back, not yet dropped',
  dropped: 'In the archive',
}

/** "84 ms", "3.2 s", "4 min 5 s", "1 h 12 min". */
export function durationWords(durationMs: number): string {
  if (durationMs < 1_000) return `${durationMs} ms`
  const seconds = Math.round(durationMs / 1_000)
  if (seconds < 60) return `${(durationMs / 1_000).toFixed(1)} s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60
    ? `${minutes} min ${seconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** The page in one sentence; undefined while nothing is amiss. */
export function trouble(duties: readonly OperatorDuty[]): string | undefined {
  const failed = duties.filter(({ runs: [last] }) => last?.result === 'failed')
  const overdue = duties.filter((duty) => duty.overdue && !failed.includes(duty))
  const parts = [
    ...(failed.length ? [`${failed.length} ${failed.length === 1 ? 'duty' : 'duties'} failed`] : []),
    ...(overdue.length
      ? [`${overdue.length} ${overdue.length === 1 ? 'duty is' : 'duties are'} overdue`]
      : []),
  ]
  return parts.length ? `${parts.join(', ')}.` : undefined
}
