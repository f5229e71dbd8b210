import { parseArgs } from 'node:util'
import { StartRefused } from '../../infra/process/start-refused.ts'
import type { GenerateInput } from './generate.ts'

export const generateUsage = `usage: npm run heliograph -- generate [options]

Fills new workspaces, marked as generated, with data that looks like life: accounts, posts, their numbers, agents,
alerts, reports, royalties, in PostgreSQL and in ClickHouse.

  --workspaces N  how many workspaces                              (default 3)
  --posts N       published posts of all workspaces together       (default 1500)
  --days N        how far back the story goes                      (default 90, at most 730)
  --seed N        another number tells another story               (default 1)
  --until T       the instant at which it ends, as 2026-05-01T12:00:00Z (default now; printed, so that a run can be
                  repeated to the letter)

  --remove        takes away everything that was generated, and nothing else: tells what that would be, and does it
                  with --yes`

const limits = { workspaces: 10_000, posts: 20_000_000, days: 730, seed: 2 ** 31 - 1 } as const
const defaults = { workspaces: 3, posts: 1_500, days: 90, seed: 1 } as const
type NumberName = keyof typeof limits

export interface RemoveInput {
  readonly isConfirmed: boolean
}

/** Undefined: it is not about removing. */
export function readRemoval(args: readonly string[]): RemoveInput | undefined {
  if (!args.includes('--remove')) return undefined
  const unknown = args.find((word) => word !== '--remove' && word !== '--yes')
  if (unknown === undefined) return { isConfirmed: args.includes('--yes') }
  throw new StartRefused(
    `--remove takes everything away that was generated, and nothing beside it but --yes: leave ${unknown} out.`,
  )
}

/** Undefined: help was asked for. */
export function parseGenerateArguments(args: readonly string[], now: Date): GenerateInput | undefined {
  const values = parse(args)
  if (values.help) return undefined
  const numberOf = (name: NumberName) => wholeNumber(name, values[name])
  return {
    workspaces: numberOf('workspaces'),
    posts: numberOf('posts'),
    days: numberOf('days'),
    seed: numberOf('seed'),
    until: instant(values.until, now),
  }
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const
  try {
    const options = {
      workspaces: text,
      posts: text,
      days: text,
      seed: text,
      until: text,
      help: { type: 'boolean' },
    } as const
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    // Node's own words name the option.
    throw new StartRefused(`${error instanceof Error ? error.message : String(error)}\n\n${generateUsage}`)
  }
}

function wholeNumber(name: NumberName, text: string | undefined): number {
  if (text === undefined) return defaults[name]
  const least = name === 'seed' ? 0 : 1
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= limits[name]) return value
  throw new StartRefused(
    `--${name} ${text} is no whole number from ${least} to ${limits[name]}: say --${name} ${defaults[name]}, for example.`,
  )
}

/** To the minute by default: an instant that one can type again. */
function instant(text: string | undefined, now: Date): Date {
  if (text === undefined) return new Date(Math.floor(now.getTime() / 60_000) * 60_000)
  const value = new Date(text)
  const isExact = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.test(text)
  if (isExact && !Number.isNaN(value.getTime()) && value <= now) return value
  throw new StartRefused(
    `--until ${text} is no past instant with its zone: say --until ${now.toISOString().slice(0, 16)}Z, for example.`,
  )
}
