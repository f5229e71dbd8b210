/** The sun caught by a mirror and sent on: a disc with rays, and the beam that leaves it. */
export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden="true" className="shrink-0">
      <g fill="none" stroke="var(--color-sun)" strokeWidth="2.4" strokeLinecap="round">
        <path d="M16 2.5v3.4M6.5 6.5l2.4 2.4M2.5 16h3.4M25.5 6.5l-2.4 2.4M6.5 25.5l2.4-2.4" />
      </g>
      <circle cx="15.5" cy="15.5" r="6.4" fill="var(--color-sun)" />
      <path d="M21.5 17.2 31 31 17.2 21.5z" fill="var(--color-sun)" />
    </svg>
  )
}
