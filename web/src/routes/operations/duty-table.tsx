import type { OperatorDuty } from '../../api/types.ts'
import { DutyRow } from './duty-row.tsx'

const head = 'px-2 py-2 text-start font-medium'

export function DutyTable({ duties, zone }: { duties: readonly OperatorDuty[]; zone: string }) {
  return (
    <table className="w-full border-collapse border-b border-line text-sm">
      <caption className="sr-only">Duties with their last run and next turn</caption>
      <thead className="hidden text-quiet md:table-header-group">
        <tr>
          <th scope="col" className={`${head} ps-0`}>
            Duty
          </th>
          <th scope="col" className={head}>
            Rhythm
          </th>
          <th scope="col" className={head}>
            Last run
          </th>
          <th scope="col" className={`${head} text-end`}>
            Took
          </th>
          <th scope="col" className={head}>
            Next
          </th>
          <th scope="col" className={`${head} pe-0`}>
            <span className="sr-only">Action</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {duties.map((duty) => (
          <DutyRow key={duty.name} duty={duty} zone={zone} />
        ))}
      </tbody>
    </table>
  )
}
