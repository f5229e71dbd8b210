import type { PartitionArchive } from '../../api/types.ts'
import { Figure } from '../../ui/figure.tsx'
import { Moment } from '../../ui/moment.tsx'
import { archiveWords } from './words.ts'

export function ArchiveTable({ archives, zone }: { archives: readonly PartitionArchive[]; zone: string }) {
  if (!archives.length) {
    return (
      <p className="text-sm text-quiet">
        Nothing has been archived yet. The duties that archive move old rows from the database to the folder
        “archive” of the data directory.
      </p>
    )
  }
  return (
    <table className="w-full text-sm">
      <caption className="sr-only">What has left the database, latest first</caption>
      <thead className="text-quiet">
        <tr className="border-b border-line">
          <th scope="col" className="py-2 pe-2 text-start font-medium">
            What
          </th>
          <th scope="col" className="px-2 py-2 text-end font-medium whitespace-nowrap">
            Rows
          </th>
          <th scope="col" className="py-2 ps-2 text-start font-medium">
            State
          </th>
        </tr>
      </thead>
      <tbody>
        {archives.map((archive) => (
          <tr key={archive.partitionName} className="border-b border-line">
            <th scope="row" className="py-2 pe-2 text-start align-top font-normal">
              <span className="font-mono text-xs">{archive.partitionName}</span>
              {archive.location ? <span className="block text-xs text-quiet">{archive.location}</span> : null}
            </th>
            <td className="px-2 py-2 text-end align-top">
              <Figure value={archive.rowCount} />
            </td>
            <td className="py-2 ps-2 align-top">
              {archiveWords[archive.state]}
              <span className="block text-xs text-quiet">
                <Moment at={archive.droppedAt ?? archive.detachedAt} zone={zone} />
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
