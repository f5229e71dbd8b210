import { SkeletonLines } from '../../ui/skeleton.tsx'

export function ComposeSkeleton() {
  return (
    <div className="mx-auto grid w-full max-w-6xl gap-6 px-4 py-5 md:px-8 md:py-8">
      <div className="skeleton h-7 w-32" />
      <div className="grid gap-8 lg:grid-cols-[minmax(0,1fr)_minmax(18rem,24rem)]">
        <div className="grid gap-5">
          <div className="skeleton h-9 w-56 rounded-full" />
          <div className="skeleton h-60 rounded-lg" />
          <div className="skeleton h-9 w-36" />
        </div>
        <SkeletonLines widths={['30%', '100%', '90%', '60%']} />
      </div>
    </div>
  )
}
