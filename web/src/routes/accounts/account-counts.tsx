import type { SocialAccount } from '../../api/types.ts'
import { Figure } from '../../ui/figure.tsx'
import { Moment } from '../../ui/moment.tsx'

export function AccountCounts({ account, zone }: { account: SocialAccount; zone: string }) {
  const counts = [
    { label: 'Followers', value: account.followersCount },
    { label: 'Following', value: account.followingCount },
    { label: 'Posts', value: account.postsCount },
  ]
  return (
    <div className="grid content-start gap-1 ps-14 md:justify-items-end md:ps-0">
      <dl className="flex gap-6">
        {counts.map((count) => (
          <div key={count.label} className="flex flex-col-reverse md:items-end">
            <dt className="text-xs text-quiet">{count.label}</dt>
            <dd className="text-lg font-semibold">
              <Figure value={count.value} absent={`${count.label} not read yet`} />
            </dd>
          </div>
        ))}
      </dl>
      <p className="text-xs text-quiet">
        {account.countsTakenAt ? (
          <>
            as of <Moment at={account.countsTakenAt} zone={zone} />
          </>
        ) : (
          'not read yet'
        )}
      </p>
    </div>
  )
}
