import { parseArgs } from 'node:util'

export interface SchemaOptions {
  readonly workspaces: number
  readonly posts: number
  readonly days: number
  readonly seed: number
  /** Times that each query is measured in each of the two ways; twice as many runs. */
  readonly rounds: number
  /** Kept, and used again by the next run; undefined: a directory that is removed in the end. */
  readonly data: string | undefined
}

/**
 * The size that the data model is to hold, within an hour on two cores: so many posts have 20.5 million snapshots in a
 * year, made in half an hour on a quiet machine, and measured in two minutes.
 */
const defaults = { workspaces: '100', posts: '260000', days: '365', seed: '1', rounds: '40' }

export function parseOptions(args: readonly string[]): SchemaOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      workspaces: { type: 'string', default: defaults.workspaces },
      posts: { type: 'string', default: defaults.posts },
      days: { type: 'string', default: defaults.days },
      seed: { type: 'string', default: defaults.seed },
      rounds: { type: 'string', default: defaults.rounds },
      data: { type: 'string' },
    },
  })
  return {
    workspaces: count('workspaces', values.workspaces),
    posts: count('posts', values.posts),
    days: count('days', values.days),
    seed: count('seed', values.seed),
    rounds: count('rounds', values.rounds),
    data: values.data,
  }
}

function count(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} takes a number from 1`)
  return value
}
