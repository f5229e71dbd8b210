/** What a check of a home is given, and what it answers. */
import { type CoverageLine, keyOf } from './coverage-lines.ts'
import type { EngineCatalogue } from './engine-catalogue.ts'

export interface Surroundings {
  readonly catalogue: EngineCatalogue
  /** All lines, for finding what a source's column, table or function is called here. */
  readonly lines: readonly CoverageLine[]
}

/** What is wrong with the home of a line, or nothing. `what` is the home without its kind. */
export type HomeCheck = (
  what: string,
  line: CoverageLine,
  surroundings: Surroundings,
) => string | undefined | Promise<string | undefined>

export const absent = (what: string) => `${what} is not there`
export const listOf = (text: string) => text.split(',').map((part) => part.trim())
export const lacksNote = ({ note }: CoverageLine) => note.length < 10

/** What another element of the same source is here, without the kind of its home. */
export function homeOf(
  lines: readonly CoverageLine[],
  { system }: CoverageLine,
  kind: string,
  name: string,
): string | undefined {
  const wanted = keyOf({ system, kind, name })
  return lines.find((line) => keyOf(line) === wanted)?.home.replace(/^\w+ /, '')
}
