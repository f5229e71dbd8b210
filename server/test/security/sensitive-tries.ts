/** What is tried on sensitive tables without telling, and what a telling leaves in the audit log. */
import { type SensitiveTable, sensitiveTables, type Tx } from '../../src/infra/postgres/doors.ts'
import {
  type Case,
  casesOf,
  commandFaults,
  formFaults,
  judge,
  rareFormFaults,
  subjects,
} from './matrix-findings.ts'
import { keyVisits } from './matrix-key-visits.ts'
import { tableOf } from './matrix-scopes.ts'
import { attempt } from './matrix-tries.ts'
import { type Matrix, type Visit, visits } from './matrix-visits.ts'
import { isAllowed } from './policy-table.ts'

const nobodyInPerson = /^(anon|no door|dispatch|analytics reader|generator|job|request that names nobody)\b/
/** Who comes through the door of a request, as a person or by a key. */
export const requests = [...visits, ...keyVisits].filter(({ name }) => !nobodyInPerson.test(name))

export function visitNamed(name: string): Visit {
  const visit = requests.find((each) => each.name === name)
  if (!visit) throw new Error(`nobody comes as ${name}`)
  return visit
}

const isSensitive = (subject: string) => sensitiveTables.some((table) => table === tableOf(subject))
export const sensitiveSubjects = subjects.filter(isSensitive)

/** What is left of a right where the read is not told: to write blindly. */
const withoutTelling = (tried: Case): Case => ({
  ...tried,
  allows: (command, of) =>
    isSensitive(of ?? tried.subject)
      ? command === 'insert' && tried.allows(command, of)
      : tried.allows(command, of),
})

/** What a visitor sees or changes of sensitive tables, though the door has told no read. */
export async function untoldFaults(tx: Tx, matrix: Matrix, visit: Visit): Promise<string[]> {
  const found: string[] = []
  for (const tried of casesOf(matrix, visit, sensitiveSubjects)) {
    const untold = withoutTelling(tried)
    found.push(...(await commandFaults(tx, untold)))
    found.push(...(await formFaults(tx, untold, undefined, false)))
    found.push(...(await rareFormFaults(tx, untold, [])))
  }
  for (const table of sensitiveTables) {
    const fault = judge(await attempt(tx, `select count(*) n from public.${table}`), false)
    if (fault) found.push(`${table} as a whole ${fault}`)
  }
  const statements = await attempt(tx, 'select cardinality(app.own_statements()) n')
  if (statements.rows > 0) found.push('own_statements names statements')
  return found
}

export interface ReadLine {
  readonly workspace_id: string
  readonly table_name: string
  readonly row_id: string | null
  readonly user_id: string
  readonly api_key_id: string | null
  readonly acted_as: string
  readonly in_time: boolean
}

/** The lines of reads that the work leaves, in every workspace. */
export async function readLinesOf({ world }: Matrix, work: () => Promise<unknown>): Promise<ReadLine[]> {
  const [before] = await world.query<{ ids: string[]; at: string }>(
    `select coalesce(array_agg(id), '{}') as ids, clock_timestamp()::text as at from audit_log where operation = 'read'`,
  )
  await work()
  return world.query<ReadLine>(
    `select workspace_id, table_name, row_id, user_id, api_key_id, acted_as,
       occurred_at between $2::timestamptz and clock_timestamp() as in_time
     from audit_log where operation = 'read' and id <> all ($1::uuid[]) order by table_name`,
    [before?.ids, before?.at],
  )
}

/** The sensitive tables of which the policy table lets the visitor read something, in the workspace of that name. */
export const readableTo = (visit: Visit, workspace: 'mine' | 'theirs'): SensitiveTable[] =>
  sensitiveTables.filter((table) =>
    sensitiveSubjects.some((subject) => {
      const asker = visit[workspace]
      return tableOf(subject) === table && asker && isAllowed(subject, asker, 'select', visit.scopes)
    }),
  )
