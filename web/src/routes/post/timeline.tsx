import type { Attempt, Content, Publication } from '../../api/types.ts'
import { Icon } from '../../ui/icon.tsx'
import { Moment } from '../../ui/moment.tsx'
import { useHere } from '../shell/workspace-context.ts'
import { stepsOf } from './steps.ts'

interface TimelineProps {
  content: Content
  publication: Publication
  attempts: readonly Attempt[]
  network: string
}

const tones = {
  good: 'bg-good-soft text-good',
  bad: 'bg-bad-soft text-bad',
  warn: 'bg-warn-soft text-warn',
  still: 'bg-sunken text-quiet',
}

export function Timeline({ content, publication, attempts, network }: TimelineProps) {
  const { workspace } = useHere()
  const steps = stepsOf(content, publication, attempts, network)
  return (
    <ol className="grid">
      {steps.map((step, index) => (
        <li key={step.key} className="grid grid-cols-[1.75rem_minmax(0,1fr)] gap-x-3">
          <span className="flex flex-col items-center">
            <span
              className={`inline-flex size-7 items-center justify-center rounded-full ${tones[step.tone]}`}
            >
              <Icon name={step.icon} size={15} />
            </span>
            {index < steps.length - 1 ? <span className="w-px grow bg-line" /> : null}
          </span>
          <div className="pb-4">
            <p className="pt-0.5 text-sm font-medium">{step.title}</p>
            {step.detail ? <p className="text-sm text-quiet">{step.detail}</p> : null}
            {step.at ? (
              <p className="text-xs text-quiet">
                <Moment at={step.at} zone={workspace.timeZone} form="both" />
              </p>
            ) : null}
          </div>
        </li>
      ))}
    </ol>
  )
}
