import type { Attempt, Content, Publication } from '../../api/types.ts'
import type { IconName } from '../../ui/icon.tsx'

export interface Step {
  key: string
  title: string
  detail: string | null
  at: string | null
  icon: IconName
  tone: 'good' | 'bad' | 'warn' | 'still'
}

/** The way of one publication from its draft to the network, oldest first, ending with what comes next. */
export function stepsOf(
  content: Content,
  publication: Publication,
  attempts: readonly Attempt[],
  network: string,
): Step[] {
  const first: Step = {
    key: 'written',
    title: content.createdBy ? `Written by ${content.createdBy}` : 'Written',
    detail: null,
    at: content.createdAt,
    icon: 'write',
    tone: 'still',
  }
  const planned: Step[] = publication.scheduledFor
    ? [
        {
          key: 'planned',
          title: 'Planned for',
          detail: null,
          at: publication.scheduledFor,
          icon: 'clock',
          tone: 'still',
        },
      ]
    : []
  const tries = attempts
    .toSorted((a, b) => a.number - b.number)
    .flatMap((attempt) => stepsOfAttempt(attempt, publication, network))
  return [first, ...planned, ...tries, ...nextStep(publication)]
}

function stepsOfAttempt(attempt: Attempt, publication: Publication, network: string): Step[] {
  const count = attempt.number > 1 ? `Attempt ${attempt.number}: ` : ''
  const key = `attempt-${attempt.id}`
  const steps: Step[] = [
    {
      key: `${key}-claimed`,
      title: sentence(`${count}taken up for sending`),
      detail: null,
      at: attempt.startedAt,
      icon: 'refresh',
      tone: 'still',
    },
  ]
  if (attempt.submittedAt) {
    steps.push({
      key: `${key}-sent`,
      title: sentence(`${count}sent to ${network}`),
      detail: null,
      at: attempt.submittedAt,
      icon: 'send',
      tone: 'still',
    })
  }
  if (attempt.outcome) steps.push({ key: `${key}-end`, ...endOf(attempt, publication, network) })
  return steps
}

function endOf(attempt: Attempt, publication: Publication, network: string): Omit<Step, 'key'> {
  const at = attempt.finishedAt
  switch (attempt.outcome) {
    case 'succeeded':
      return { title: `Confirmed by ${network}: it is out`, detail: null, at, icon: 'check', tone: 'good' }
    case 'unknown':
      return {
        title: `${network} did not answer clearly`,
        detail: attempt.detail ?? 'It is looked up there before anything is sent again.',
        at,
        icon: 'question',
        tone: 'warn',
      }
    default:
      return {
        title: 'Failed',
        detail: [attempt.detail ?? publication.failure?.reason, publication.failure?.nextStep]
          .filter(Boolean)
          .join(' '),
        at,
        icon: 'cross',
        tone: 'bad',
      }
  }
}

function nextStep(publication: Publication): Step[] {
  const step = (key: string, title: string, at: string | null = null): Step[] => [
    { key, title, detail: null, at, icon: 'clock', tone: 'still' },
  ]
  switch (publication.status) {
    case 'scheduled':
      if (publication.held) return step('held', 'Waits until the account is connected again')
      return publication.failure?.retryAt
        ? step('again', 'Next attempt', publication.failure.retryAt)
        : step('waits', 'Waits for its time')
    case 'claimed':
    case 'submitted':
    case 'processing':
      return step('sending', 'On its way; this page shows what becomes of it')
    case 'unconfirmed':
      return step('lookup', 'Next: look for the post on the network, so that it never goes out twice')
    case 'cancelled':
      return step('cancelled', 'Cancelled; it does not go out')
    default:
      return []
  }
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
