import { z } from 'zod'
import { Problem } from './problem.ts'

const problemAnswer = { description: 'Problem', content: { 'application/problem+json': { schema: Problem } } }

/** Problem answers of a route, for its OpenAPI description. */
export function problems<const Status extends number>(
  ...statuses: Status[]
): Record<Status, typeof problemAnswer> {
  return Object.fromEntries(statuses.map((status) => [status, problemAnswer])) as Record<
    Status,
    typeof problemAnswer
  >
}

export const Empty = z.undefined().describe('Nothing.')
export const listOf = <Item extends z.ZodType>(item: Item) => z.object({ items: z.array(item) })
