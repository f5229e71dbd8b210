import type { LiveState } from '../../api/live.ts'

const words: Record<LiveState, { word: string; meaning: string }> = {
  connecting: { word: 'Connecting', meaning: 'Opening the connection that keeps this page current' },
  live: { word: 'Live', meaning: 'What happens shows here at once' },
  reconnecting: { word: 'Reconnecting', meaning: 'The connection is lost; what you see may be old' },
}

export function LiveIndicator({ state, compact = false }: { state: LiveState; compact?: boolean }) {
  const { word, meaning } = words[state]
  return (
    <p role="status" title={meaning} className="flex items-center gap-2 text-xs text-quiet">
      <span
        aria-hidden="true"
        className={`size-2 rounded-full ${state === 'live' ? 'bg-good' : 'border-2 border-warn motion-safe:animate-pulse'}`}
      />
      <span className={compact ? 'sr-only' : ''}>{word}</span>
    </p>
  )
}
