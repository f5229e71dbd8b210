import { Badge } from '../ui/badge.tsx'
import { type Standing, standings } from './standing.ts'

export function StandingBadge({ standing }: { standing: Standing }) {
  const { word, tone, icon } = standings[standing]
  return (
    <Badge tone={tone} icon={icon}>
      {word}
    </Badge>
  )
}
