import type { Services } from '../services.ts'
import type { Rhythm } from './rhythm.ts'

/** What a run has done, for the operator's page. */
export interface Outcome {
  /** One sentence. */
  readonly summary: string
  readonly details?: readonly string[]
}

/** One thing that is done by the clock for the whole installation. */
export interface Duty {
  /** Also the name of its job. */
  readonly name: string
  readonly title: string
  readonly purpose: string
  readonly rhythm: Rhythm
  /** Duties of one queue run one after another, so that a long one holds back only its like. */
  readonly queue: 'maintenance' | 'archiving'
  /** Can be run at any time and any number of times; `signal` ends it between two steps. */
  run(services: Services, signal: AbortSignal): Promise<Outcome>
}

/** Of things that a duty does one by one, those that failed; the others are done. */
export class PartsFailed extends Error {
  override readonly name = 'PartsFailed'
  readonly failed: string
  readonly failures: readonly { readonly name: string; readonly error: unknown }[]
  constructor(failed: string, failures: PartsFailed['failures']) {
    const words = failures.map(({ name, error }) => `${name}: ${messageOf(error)}`)
    super(`${failures.length} ${failed}. ${words.join('; ')}`, { cause: failures[0]?.error })
    this.failed = failed
    this.failures = failures
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

/** "1 workspace", "3 workspaces". */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`
