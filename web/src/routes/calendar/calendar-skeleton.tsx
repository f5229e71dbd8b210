export function CalendarSkeleton({ weeks }: { weeks: number }) {
  return (
    <div className="grid grid-cols-7 gap-px overflow-hidden rounded-lg border border-line bg-line">
      {Array.from({ length: weeks * 7 }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the cells never move
        <div key={index} className={`bg-surface p-2 ${weeks === 1 ? 'h-14 md:h-72' : 'h-14 md:h-30'}`}>
          <div className="skeleton size-5 rounded-full" />
        </div>
      ))}
    </div>
  )
}
