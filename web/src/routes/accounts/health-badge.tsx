import type { SocialAccount } from '../../api/types.ts'
import { Badge, type BadgeTone } from '../../ui/badge.tsx'
import type { IconName } from '../../ui/icon.tsx'

const healths: Record<SocialAccount['health'], { word: string; tone: BadgeTone; icon: IconName }> = {
  healthy: { word: 'Healthy', tone: 'good', icon: 'check' },
  degraded: { word: 'Degraded', tone: 'warn', icon: 'alert' },
  unhealthy: { word: 'Needs you', tone: 'bad', icon: 'cross' },
  unknown: { word: 'Not checked yet', tone: 'still', icon: 'question' },
}

export function HealthBadge({ account }: { account: SocialAccount }) {
  if (account.status === 'disconnected') {
    return (
      <Badge tone="still" icon="cross">
        Disconnected
      </Badge>
    )
  }
  const { word, tone, icon } = healths[account.health]
  return (
    <Badge tone={tone} icon={icon}>
      {word}
    </Badge>
  )
}
