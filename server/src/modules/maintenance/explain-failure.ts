import { errorCode } from '../../infra/process/error-code.ts'
import { PartsFailed } from './duty.ts'

/** What an operator reads of a run that failed. */
export interface Explanation {
  readonly message: string
  readonly remedy: string
}

const longestMessage = 500

/** By the codes of PostgreSQL and of the operating system. */
const known: Readonly<Record<string, Explanation>> = {
  '57014': {
    message: 'The database took longer than this duty may take, and stopped.',
    remedy: 'Run it again when the database is less busy. If it fails each time, look at the monthly review.',
  },
  '55P03': {
    message: 'Another query held the table for too long.',
    remedy: 'Nothing to do: it is tried again. If it fails each time, look for queries that do not end.',
  },
  '40P01': {
    message: 'Two transactions waited for each other, and the database ended this one.',
    remedy: 'Nothing to do: it is tried again.',
  },
  '53100': { message: 'The database has no space left on its disk.', remedy: 'Free space on its disk.' },
  ENOSPC: {
    message: 'There is no space left on the disk of the data directory.',
    remedy: 'Free space on it, then run the duty again. Nothing was dropped.',
  },
  EACCES: {
    message: 'The archive folder may not be written to.',
    remedy: 'Give the account that runs Heliograph the right to write to its data directory.',
  },
  EROFS: {
    message: 'The disk of the data directory is mounted read-only.',
    remedy: 'Mount it for writing, then run the duty again.',
  },
  ECONNREFUSED: {
    message: 'The database did not answer.',
    remedy: 'See whether it runs; the duty is tried again.',
  },
}

/** Codes of the class "connection exception" and of a server that shuts down. */
const isAway = (code: string) => /^(08|57P)/.test(code)

/** A failed run in plain words. What is not known is told in the words of whoever failed, shortened. */
export function explainFailure(error: unknown): Explanation {
  if (error instanceof PartsFailed) return explainParts(error)
  const code = errorCode(error) ?? ''
  const explanation = known[code] ?? (isAway(code) ? known.ECONNREFUSED : undefined)
  if (explanation) return explanation
  const message = error instanceof Error ? error.message : String(error)
  return {
    message: message.slice(0, longestMessage) || 'It failed without saying why.',
    remedy:
      'It is tried again by itself, later each time. If that does not help, the log of the worker says more.',
  }
}

/** The names first, for they tell where to look; the remedy is that of the first, for mostly all have one cause. */
function explainParts({ failed, failures }: PartsFailed): Explanation {
  const reasons = new Set(failures.map(({ error }) => explainFailure(error).message))
  const names = failures.map(({ name }) => name).join(', ')
  return {
    message: `${names} ${failed}: ${[...reasons].join(' ')}`.slice(0, longestMessage),
    remedy: explainFailure(failures[0]?.error).remedy,
  }
}
