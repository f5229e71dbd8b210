import { SkeletonLines } from '../../ui/skeleton.tsx'

export function PostSkeleton() {
  return (
    <div className="mx-auto grid w-full max-w-6xl gap-6 px-4 py-5 md:px-8 md:py-8">
      <SkeletonLines widths={['6rem', '18rem']} />
      <div className="grid gap-8 lg:grid-cols-[minmax(18rem,24rem)_minmax(0,1fr)]">
        <div className="skeleton h-56 rounded-lg" />
        <div className="grid content-start gap-6">
          <SkeletonLines widths={['45%', '30%']} />
          <div className="skeleton h-64" />
        </div>
      </div>
    </div>
  )
}
