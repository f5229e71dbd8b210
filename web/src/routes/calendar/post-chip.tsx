import type { Content } from '../../api/types.ts'
import { ContentLink } from '../../post/content-link.tsx'
import { contentStanding, opening, standings } from '../../post/standing.ts'
import { clock } from '../../time/wording.ts'
import { Icon } from '../../ui/icon.tsx'
import { useHere } from '../shell/workspace-context.ts'
import { plannedAt } from './days.ts'

const tones = {
  good: 'bg-good-soft text-good',
  warn: 'bg-warn-soft text-warn',
  bad: 'bg-bad-soft text-bad',
  info: 'bg-info-soft text-info',
  still: 'bg-sunken text-quiet',
}

export function PostChip({ content, lines }: { content: Content; lines: 1 | 3 }) {
  const { workspace } = useHere()
  const { word, tone, icon } = standings[contentStanding(content)]
  const at = plannedAt(content)
  const time = at ? clock(new Date(at), workspace.timeZone) : ''
  const text = opening(content.text)
  return (
    <ContentLink
      content={content}
      workspace={workspace}
      title={`${time} ${word}: ${text}`}
      className={`relative block min-h-6 rounded-sm px-1.5 py-0.5 text-xs hover:underline ${tones[tone]}`}
    >
      <span className={`flex min-w-0 items-center gap-x-1 ${lines === 1 ? '' : 'flex-wrap'}`}>
        <Icon name={icon} size={13} />
        <span className="shrink-0 font-semibold whitespace-nowrap">{time}</span>
        <span className={lines === 1 ? 'sr-only' : 'whitespace-nowrap'}>{word}</span>
        {lines === 1 ? <span className="truncate text-ink">{text}</span> : null}
      </span>
      {lines === 3 ? <span className="line-clamp-3 text-ink">{text}</span> : null}
    </ContentLink>
  )
}
