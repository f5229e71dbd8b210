import type { TextLimit } from './count.ts'

const radius = 9
const around = 2 * Math.PI * radius

/** How full the post is: a ring for a glance, the number that is left, and the whole truth for screen readers. */
export function Counter({ count, limit }: { count: number; limit: TextLimit }) {
  const left = limit.max - count
  const share = Math.min(1, count / limit.max)
  const tone = left < 0 ? 'text-bad' : left <= 20 ? 'text-warn' : 'text-quiet'
  return (
    <p className={`flex items-center gap-2 text-sm ${tone}`} title={`${count} of ${limit.max}`}>
      <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true" className="-rotate-90">
        <circle cx="12" cy="12" r={radius} fill="none" stroke="var(--color-line)" strokeWidth="3" />
        <circle
          cx="12"
          cy="12"
          r={radius}
          fill="none"
          stroke={left < 0 ? 'currentColor' : 'var(--color-sun)'}
          strokeWidth="3"
          strokeDasharray={`${share * around} ${around}`}
        />
      </svg>
      <span aria-hidden="true" className="font-medium">
        {left}
      </span>
      <span className="sr-only">
        {count} of {limit.max} signs used{left < 0 ? `, ${-left} too many` : ''}
      </span>
    </p>
  )
}
