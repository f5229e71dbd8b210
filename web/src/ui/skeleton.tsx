/** Grey lines in the place of text that is on its way. */
export function SkeletonLines({ widths }: { widths: readonly string[] }) {
  return (
    <div className="grid gap-2">
      {widths.map((width, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines never move
        <div key={index} className="skeleton h-4" style={{ width }} />
      ))}
    </div>
  )
}

export function SkeletonRows({ count }: { count: number }) {
  return (
    <div className="divide-y divide-line">
      {Array.from({ length: count }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows never move
        <div key={index} className="flex items-center gap-3 py-4">
          <div className="skeleton size-9 rounded-full" />
          <div className="grow">
            <SkeletonLines widths={['70%', '38%']} />
          </div>
          <div className="skeleton h-5 w-20" />
        </div>
      ))}
    </div>
  )
}
