import type { ViewRefresh } from '../../api/types.ts'
import { Badge } from '../../ui/badge.tsx'
import { Moment } from '../../ui/moment.tsx'
import { durationWords } from './words.ts'

export function RefreshTable({ refreshes, zone }: { refreshes: readonly ViewRefresh[]; zone: string }) {
  if (!refreshes.length) {
    return (
      <p className="text-sm text-quiet">
        No view has been refreshed yet. The duty “Refresh the views” does it every hour; you can run it now.
      </p>
    )
  }
  return (
    <table className="w-full text-sm">
      <caption className="sr-only">The last refresh of each view</caption>
      <thead className="text-quiet">
        <tr className="border-b border-line">
          <th scope="col" className="py-2 pe-2 text-start font-medium">
            View
          </th>
          <th scope="col" className="px-2 py-2 text-start font-medium">
            Refreshed
          </th>
          <th scope="col" className="py-2 ps-2 text-end font-medium">
            Took
          </th>
        </tr>
      </thead>
      <tbody>
        {refreshes.map((refresh) => (
          <tr key={refresh.viewName} className="border-b border-line">
            <th scope="row" className="py-2 pe-2 text-start align-top font-mono text-xs font-normal">
              {refresh.viewName}
            </th>
            <td className="px-2 py-2 align-top">
              <Moment at={refresh.startedAt} zone={zone} form="relative" />
              <span className="block text-xs text-quiet">
                <Moment at={refresh.startedAt} zone={zone} />
              </span>
              {refresh.errorMessage ? (
                <span className="mt-1 grid justify-items-start gap-1">
                  <Badge tone="bad" icon="cross">
                    Failed
                  </Badge>
                  <span className="text-xs">{refresh.errorMessage}</span>
                </span>
              ) : null}
            </td>
            <td className="py-2 ps-2 text-end align-top whitespace-nowrap">
              {durationWords(refresh.durationMs)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
