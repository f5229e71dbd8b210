import type { ReactNode } from 'react'
import { asProblem } from '../api/problem.ts'
import { Button } from './button.tsx'
import { Icon, type IconName } from './icon.tsx'

type Tone = 'bad' | 'warn' | 'info' | 'good'

const tones: Record<Tone, { box: string; icon: IconName }> = {
  bad: { box: 'bg-bad-soft text-bad', icon: 'alert' },
  warn: { box: 'bg-warn-soft text-warn', icon: 'alert' },
  info: { box: 'bg-info-soft text-info', icon: 'info' },
  good: { box: 'bg-good-soft text-good', icon: 'check' },
}

interface NoticeProps {
  tone: Tone
  title?: string | undefined
  children?: ReactNode
  actions?: ReactNode
}

/** What happened and what to do. A bad one is announced as it appears. */
export function Notice({ tone, title, children, actions }: NoticeProps) {
  const { box, icon } = tones[tone]
  return (
    <div
      role={tone === 'bad' ? 'alert' : 'note'}
      className={`flex gap-2.5 rounded-md px-3.5 py-3 text-sm ${box}`}
    >
      <Icon name={icon} size={17} className="mt-0.5" />
      <div className="grid min-w-0 gap-1">
        {title ? <p className="font-semibold">{title}</p> : null}
        {children ? <div className="text-ink">{children}</div> : null}
        {actions ? <div className="mt-1.5 flex flex-wrap gap-2">{actions}</div> : null}
      </div>
    </div>
  )
}

export function ProblemNotice({
  cause,
  kept,
  onRetry,
}: {
  cause: unknown
  kept?: string
  onRetry?: () => void
}) {
  const problem = asProblem(cause)
  // The server repeats the title where it has nothing to add.
  const told = [problem.message === problem.title ? '' : problem.message, kept ?? ''].filter(Boolean)
  return (
    <Notice
      tone="bad"
      title={problem.title}
      actions={
        onRetry ? (
          <Button small icon="refresh" onClick={onRetry}>
            Try again
          </Button>
        ) : null
      }
    >
      {told.join(' ')}
    </Notice>
  )
}
