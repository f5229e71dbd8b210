interface FigureProps {
  value: number | null | undefined
  /** Why there is no number. */
  absent?: string
}

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })
const exact = new Intl.NumberFormat('en')

export const shortNumber = (value: number): string => compact.format(value).replace('K', 'k')
export const exactNumber = (value: number): string => exact.format(value)

/** 12.4k for the eye, 12,431 on hover and for screen readers; a dash with its reason where nothing is known. */
export function Figure({ value, absent = 'Not known yet' }: FigureProps) {
  if (value === null || value === undefined) {
    return (
      <span title={absent}>
        <span aria-hidden="true" className="text-faint">
          –
        </span>
        <span className="sr-only">{absent}</span>
      </span>
    )
  }
  const short = shortNumber(value)
  const full = exactNumber(value)
  if (short === full) return <span>{full}</span>
  return (
    <span title={full}>
      <span aria-hidden="true">{short}</span>
      <span className="sr-only">{full}</span>
    </span>
  )
}
