import type { DutyRun, OperatorDuty } from '../../api/types.ts'
import { Badge } from '../../ui/badge.tsx'
import { Moment } from '../../ui/moment.tsx'
import { Notice, ProblemNotice } from '../../ui/notice.tsx'
import { RunButton } from './run-button.tsx'
import { useRunDuty } from './use-run-duty.ts'
import { causeWords, durationWords, rhythmWords, stateOf } from './words.ts'

const cell = 'px-2 py-3 align-top'
const wide = `${cell} hidden md:table-cell`

/** On a narrow screen what belongs to the other columns stands in a row of its own below. */
export function DutyRow({ duty, zone }: { duty: OperatorDuty; zone: string }) {
  const [last] = duty.runs
  const asking = useRunDuty(duty)
  // While it runs again, what it did last stays, and stays open for whoever is reading it.
  const ended = duty.runs.find(({ result }) => result === 'succeeded' || result === 'failed')
  return (
    <>
      <tr className="border-t border-line">
        <th scope="row" className={`${cell} ps-0 text-start font-normal max-md:pb-1`}>
          <p className="font-semibold">{duty.title}</p>
          <p className="text-quiet md:max-w-[46ch]">{duty.purpose}</p>
          {ended?.result === 'succeeded' ? <WhatItDid run={ended} /> : null}
        </th>
        <td className={wide}>{rhythmWords[duty.rhythm]}</td>
        <td className={wide}>
          <LastRun duty={duty} zone={zone} />
        </td>
        <td className={`${wide} text-end whitespace-nowrap`}>
          {last?.durationMs == null ? (
            <span title={last ? 'Not known' : 'It has not run yet'}>–</span>
          ) : (
            durationWords(last.durationMs)
          )}
        </td>
        <td className={wide}>
          <Moment at={duty.nextDueAt} zone={zone} form="relative" />
          <span className="block text-xs text-quiet">
            <Moment at={duty.nextDueAt} zone={zone} />
          </span>
        </td>
        <td className={`${wide} pe-0 text-end`}>
          <RunButton title={duty.title} asking={asking} />
        </td>
      </tr>
      <tr className="md:hidden">
        <td className="pb-3">
          <div className="flex items-start justify-between gap-4">
            <div className="grid gap-1">
              <LastRun duty={duty} zone={zone} />
              <p className="text-xs text-quiet">
                {rhythmWords[duty.rhythm]}, next <Moment at={duty.nextDueAt} zone={zone} form="relative" />
              </p>
            </div>
            <RunButton title={duty.title} asking={asking} />
          </div>
        </td>
      </tr>
      <Trouble duty={duty} error={asking.error} zone={zone} />
    </>
  )
}

/** Why it failed and what to do, across the table. */
function Trouble({ duty, error, zone }: { duty: OperatorDuty; error: Error | null; zone: string }) {
  const [last] = duty.runs
  const failed = last?.result === 'failed' ? last : undefined
  if (!failed && !error) return null
  return (
    <tr>
      <td colSpan={6} className="pb-3">
        {error ? <ProblemNotice cause={error} /> : null}
        {failed ? (
          <Notice tone="bad" title={failed.errorMessage ?? 'It failed.'}>
            {failed.remedy}{' '}
            {duty.lastSucceededAt ? (
              <>
                It last succeeded on <Moment at={duty.lastSucceededAt} zone={zone} />.
              </>
            ) : (
              'It has not succeeded yet.'
            )}
          </Notice>
        ) : null}
      </td>
    </tr>
  )
}

function LastRun({ duty, zone }: { duty: OperatorDuty; zone: string }) {
  const [last] = duty.runs
  const { word, tone, icon } = stateOf(duty)
  return (
    <div className="grid justify-items-start gap-1">
      <Badge tone={tone} icon={icon}>
        {word}
      </Badge>
      {last ? (
        <p className="text-xs text-quiet">
          <span className="block text-sm text-ink">
            <Moment at={last.startedAt} zone={zone} form="relative" />
          </span>
          <Moment at={last.startedAt} zone={zone} />
          <span className="block">{causeWords[last.cause]}</span>
          {last.durationMs == null ? null : (
            <span className="block md:hidden">took {durationWords(last.durationMs)}</span>
          )}
        </p>
      ) : null}
    </div>
  )
}

/** The sentence of the last run; what else it has to say opens below. */
function WhatItDid({ run }: { run: DutyRun }) {
  if (!run.details.length) return <p className="mt-1 text-xs text-quiet">{run.summary}</p>
  return (
    <details className="mt-1 text-xs text-quiet">
      <summary className="min-h-6 content-center">{run.summary}</summary>
      <ul className="grid gap-0.5 py-1 ps-4">
        {run.details.map((detail) => (
          <li key={detail}>{detail}</li>
        ))}
      </ul>
    </details>
  )
}
