import { Link } from '@tanstack/react-router'
import { type ListedStatus, listedStatuses } from '../search.ts'
import { useHere } from '../shell/workspace-context.ts'

const words: Record<ListedStatus, string> = {
  draft: 'Drafts',
  scheduled: 'Scheduled',
  published: 'Published',
  archived: 'Archived',
}

export function StatusFilter({ status }: { status: ListedStatus | undefined }) {
  return (
    <nav aria-label="Filter by status" className="-mb-2 flex gap-1 overflow-x-auto p-0.5">
      <Choice status={undefined} current={status === undefined} label="All" />
      {listedStatuses.map((one) => (
        <Choice key={one} status={one} current={one === status} label={words[one]} />
      ))}
    </nav>
  )
}

function Choice({
  status,
  current,
  label,
}: {
  status: ListedStatus | undefined
  current: boolean
  label: string
}) {
  const { workspace } = useHere()
  return (
    <Link
      to="/w/$workspaceId/posts"
      params={{ workspaceId: workspace.id }}
      search={status ? { status } : {}}
      aria-current={current ? 'page' : undefined}
      className={`flex min-h-8 items-center rounded-full px-3 text-sm whitespace-nowrap ${
        current ? 'bg-ink font-semibold text-canvas' : 'text-quiet hover:bg-hover'
      }`}
    >
      {label}
    </Link>
  )
}
