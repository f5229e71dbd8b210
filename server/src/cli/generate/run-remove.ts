import { StartRefused } from '../../infra/process/start-refused.ts'
import { createProgressLine, duration, grouped } from '../progress.ts'
import { type GeneratedHoldings, listGenerated } from './list-generated.ts'
import { type GenerateTarget, withEngines } from './open-engines.ts'
import { RemovalCutOff, type Removed, removeGenerated, totalOf } from './remove.ts'

const command = 'npm start -- generate --remove --yes'
/** More would scroll away what is said below them. */
const mostNames = 50

export interface RemoveRequest {
  /** Without it nothing is removed: it says what would be. */
  readonly isConfirmed: boolean
  readonly signal: AbortSignal
}

/**
 * `heliograph generate --remove`: StartRefused where it has not been confirmed, and where it could not be done. `stopped`
 * where the signal ended it, which it tells, too.
 */
export async function runRemove(
  target: GenerateTarget,
  { isConfirmed, signal }: RemoveRequest,
): Promise<'done' | 'stopped'> {
  const holdings = await withEngines(target, ({ client }) => listGenerated(client))
  if (!holdings.workspaces.length && !holdings.people) {
    console.log('Nothing here is generated: there is nothing to remove.')
    return 'done'
  }
  if (!isConfirmed) throw new StartRefused(question(holdings))
  if (!target.clickhouseUrl) {
    throw new StartRefused(
      'ClickHouse is away, and what it holds of generated workspaces could not go with them: nothing was removed. ' +
        `Start it, or name it by CLICKHOUSE_URL, then run: ${command}`,
    )
  }
  const line = createProgressLine(process.stdout)
  try {
    const { peopleWhoStay, durationMs, ...removed } = await removeGenerated(target, {
      onProgress: line.show,
      signal,
    })
    line.end()
    console.log(`Removed ${told(removed)} in ${duration(durationMs / 1_000)}.`)
    if (peopleWhoStay) console.log(stayText(peopleWhoStay))
    return 'done'
  } catch (error) {
    line.end()
    if (!(error instanceof RemovalCutOff)) throw error
    const state = `Gone are ${told(error.removed)}; the rest is there, though its numbers over time and its pictures may be missing.`
    if (signal.aborted) {
      console.log(`Stopped. ${state} Go on with: ${command}`)
      return 'stopped'
    }
    throw new StartRefused(
      `Generated workspaces could not be removed: ${error.message}\n${state}\nPut it right and run again: ${command}`,
      { cause: error },
    )
  }
}

function question({ workspaces, people }: GeneratedHoldings): string {
  const named = workspaces.slice(0, mostNames)
  const width = Math.max(0, ...named.map(({ name }) => name.length))
  const lines = named.map(
    ({ name, posts, snapshots }) =>
      `  ${name.padEnd(width)}  ${grouped(posts)} posts, ${grouped(snapshots)} snapshots`,
  )
  if (workspaces.length > named.length) lines.push(`  and ${grouped(workspaces.length - named.length)} more`)
  const { posts, snapshots } = totalOf(workspaces)
  const sum = workspaces.length
    ? `${counted(workspaces.length, 'generated workspace')} with everything in ${workspaces.length === 1 ? 'it' : 'them'}: ${grouped(posts)} posts, ${grouped(snapshots)} snapshots`
    : `${counted(people, 'generated person', 'generated people')} without a workspace`
  return [
    `This would remove, for good, ${sum}.`,
    ...lines,
    'Workspaces of people stay as they are. To do it, run:',
    `  ${command}`,
  ].join('\n')
}

const told = ({ workspaces, posts, snapshots, facts, people }: Removed) =>
  `${counted(workspaces, 'workspace')}, ${counted(posts, 'post')}, ${counted(snapshots, 'snapshot')}, ` +
  `${counted(facts, 'fact')} and ${counted(people, 'person', 'people')}`

const stayText = (people: number) =>
  `${counted(people, 'generated person stays', 'generated people stay')}: a workspace of people, its audit log or an invitation to it knows them, or they are operators.`

const counted = (count: number, one: string, many = `${one}s`) =>
  `${grouped(count)} ${count === 1 ? one : many}`
