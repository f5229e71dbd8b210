/** The sun caught by a mirror and sent on: three quarters of a disc with rays, and the flash that leaves it. */
export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden="true" className="shrink-0">
      <g fill="none" stroke="var(--color-sun)" strokeWidth="2.4" strokeLinecap="round">
        <path d="M16 2.5v3.4M6.5 6.5l2.4 2.4M2.5 16h3.4M25.5 6.5l-2.4 2.4M6.5 25.5l2.4-2.4" />
      </g>
      <path d="M22.6 16a6.6 6.6 0 1 0-6.6 6.6z" fill="var(--color-sun)" />
      <path d="M17.6 17.6 29 21.4l-4 3.6-3.6 4z" fill="currentColor" />
    </svg>
  )
}
